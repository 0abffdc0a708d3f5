import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { language, word, t } from '../../i18n';
import { clock, number } from '../../i18n/format';
import { o } from '../../i18n/own';
import { mealText, type Seen } from './doses';

/** Says the next doses aloud, where the phone has a voice for the language; else it is left out. */
export function ReadAloud({ of }: { of: Seen[] }) {
  const voice = useSignal<SpeechSynthesisVoice | undefined>(undefined);
  useEffect(() => {
    const speech = globalThis.speechSynthesis;
    if (!speech) return undefined;
    const find = (): void => { voice.value = speech.getVoices().find((one) => one.lang.toLowerCase().startsWith(language)); };
    find();
    speech.addEventListener?.('voiceschanged', find);
    return () => { speech.removeEventListener?.('voiceschanged', find); speech.cancel(); };
  }, []);
  if (!voice.value) return null;
  const say = (): void => {
    const lines = of.map(({ dose }) => [language === 'km' ? dose.medicineNameKhmer ?? dose.medicineName : dose.medicineName, language === 'km' ? `${number(dose.amount)} ${o.today.unit[dose.unit] ?? word(t.unit, dose.unit)}` : dose.dose, mealText(dose)].filter(Boolean).join(', '));
    const text = new SpeechSynthesisUtterance(`${o.today.at(clock(of[0]!.at))}. ${lines.join('. ')}`);
    text.voice = voice.value!;
    text.lang = voice.value!.lang;
    text.rate = 0.85;
    speechSynthesis.cancel();
    speechSynthesis.speak(text);
  };
  return <button type="button" class="small" onClick={say}><svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M4 9v6h4l5 4V5L8 9zM16.5 9a4 4 0 0 1 0 6M19 6.5a8 8 0 0 1 0 11" /></svg>{o.today.read}</button>;
}
