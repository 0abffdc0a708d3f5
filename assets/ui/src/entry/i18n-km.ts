import { km } from '../i18n/km';

// Read by i18n/index.ts.
globalThis.dasTernTexts = km;
