import { km } from '../i18n/km';
import { ownKm } from '../i18n/own-km';

// Read by i18n/index.ts and i18n/own.ts.
globalThis.dasTernTexts = km;
globalThis.dasTernOwnTexts = ownKm;
