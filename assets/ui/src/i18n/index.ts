// The texts of the chosen language, which the shell has loaded before.
import type { Texts } from './en';

declare global {
  var dasTernTexts: Texts;
}

export const t: Texts = globalThis.dasTernTexts;
export const language: 'km' | 'en' = document.documentElement.lang === 'en' ? 'en' : 'km';

/** Shows everything in the other language from now on. */
export function speak(wanted: 'km' | 'en'): void {
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  document.cookie = `das-tern-language=${wanted}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  location.reload();
}

/** The text of the reader's language, of those that the server sends in both. */
export function say(text: { english: string; khmer: string }): string {
  return language === 'km' ? text.khmer : text.english;
}

/** The word for a value of a closed list; a value that a newer server knows stands as it is. */
export function word(list: Record<string, string>, value: string): string {
  return list[value] ?? value;
}
