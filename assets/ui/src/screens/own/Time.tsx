import { o } from '../../i18n/own';

/** `07:00` of `07:00:00`. */
export const short = (time: string | null | undefined): string => (time ?? '').slice(0, 5);

/** A time of day as text: no clock of the browser, which speaks no Khmer. */
export function Time({ id, label, value, wrong, onTime }: { id: string; label: string; value: string; wrong: boolean; onTime: (text: string) => void }) {
  return (
    <div>
      <label for={id}>{label}</label>
      <input id={id} type="text" inputMode="numeric" autocomplete="off" maxLength={5} value={value} aria-invalid={wrong || undefined} aria-describedby={wrong ? `${id}-error` : undefined} onInput={(event) => onTime(event.currentTarget.value)} />
      {wrong && <p class="error" id={`${id}-error`} role="alert">{o.settings.timeWrong}</p>}
    </div>
  );
}
