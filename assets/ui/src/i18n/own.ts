// The texts of the pages for patients and families, which the shell has loaded before.
import { language } from './index';
import type { OwnTexts } from './own-en';

declare global {
  var dasTernOwnTexts: OwnTexts;
}

export const o: OwnTexts = globalThis.dasTernOwnTexts;

const DIGITS = 'das-tern-digits';
/** Whether this phone shows Khmer digits. Only in words for reading: what is typed or scanned keeps the others. */
export const hasKhmerDigits = (): boolean => language === 'km' && localStorage.getItem(DIGITS) === 'km';
export const setKhmerDigits = (wanted: boolean): void => localStorage.setItem(DIGITS, wanted ? 'km' : '');

/** Text with its digits as the reader likes them. */
export function d(text: string | number): string {
  const plain = String(text);
  return hasKhmerDigits() ? plain.replace(/\d/g, (digit) => String.fromCharCode(0x17e0 + Number(digit))) : plain;
}
