import { language, speak } from '../i18n';

export function LanguageSwitch() {
  const other = language === 'km' ? 'en' : 'km';
  return <button type="button" class="plain" lang={other} onClick={() => speak(other)}>{other === 'km' ? 'ខ្មែរ' : 'English'}</button>;
}
