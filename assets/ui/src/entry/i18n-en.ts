import { en } from '../i18n/en';

// Read by i18n/index.ts.
globalThis.dasTernTexts = en;
