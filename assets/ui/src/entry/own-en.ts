import { en } from '../i18n/en';
import { ownEn } from '../i18n/own-en';

// Read by i18n/index.ts and i18n/own.ts.
globalThis.dasTernTexts = en;
globalThis.dasTernOwnTexts = ownEn;
