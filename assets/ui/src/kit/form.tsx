// Forms: a dialog with fields that is sent once, and a day in three fields.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { Dialog, ErrorSummary, Refusal, useAction } from '.';
import { t } from '../i18n';
import { readDay, type DayTyped } from '../i18n/format';

export interface Fault {
  id: string;
  text: string;
}

/** Asks for something. What is missing or wrong is said before it is sent; what the server refuses stands above the fields. */
export function FormDialog({ title, text, action, danger, faults, onSend, onClose, children }: {
  title: string; text?: string; action: string; danger?: boolean; faults?: () => Fault[]; onSend: () => Promise<void>; onClose: () => void;
  children?: (wrong: (id: string) => string | undefined) => ComponentChildren;
}) {
  const errors = useSignal<Fault[]>([]);
  const sending = useAction(async () => {
    errors.value = faults?.() ?? [];
    if (errors.value.length === 0) await onSend();
  });
  return (
    <Dialog title={title} onClose={onClose}>
      {text && <p>{text}</p>}
      <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); void sending.run(); }}>
        <ErrorSummary errors={errors.value} />
        {sending.problem && <Refusal problem={sending.problem} />}
        {children?.((id) => errors.value.find((error) => error.id === id)?.text)}
        <div class="row">
          <button type="submit" class={danger ? 'danger' : 'primary'} disabled={sending.isBusy}>{action}</button>
          <button type="button" onClick={onClose}>{t.cancel}</button>
        </div>
      </form>
    </Dialog>
  );
}

/** A day as day, month by name and year: no calendar of the browser, which speaks no Khmer. */
export function DayFields({ id, label, hint, error, value, onDay }: {
  id: string; label: string; hint?: string; error?: string; value: DayTyped; onDay: (day: DayTyped) => void;
}) {
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined;
  const wrong = error ? true : undefined;
  return (
    <fieldset aria-describedby={described}>
      <legend class="label">{label}</legend>
      {hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
      <div class="day-fields">
        <div>
          <label for={id}>{t.day.day}</label>
          <input id={id} type="text" inputMode="numeric" autocomplete="off" maxLength={2} value={value.day} aria-invalid={wrong} onInput={(event) => onDay({ ...value, day: event.currentTarget.value })} />
        </div>
        <div>
          <label for={`${id}-month`}>{t.day.month}</label>
          <select id={`${id}-month`} value={value.month} aria-invalid={wrong} onChange={(event) => onDay({ ...value, month: event.currentTarget.value })}>
            <option value="">–</option>
            {t.months.map((month, place) => <option key={month} value={String(place + 1)}>{month}</option>)}
          </select>
        </div>
        <div>
          <label for={`${id}-year`}>{t.day.year}</label>
          <input id={`${id}-year`} type="text" inputMode="numeric" autocomplete="off" maxLength={4} value={value.year} aria-invalid={wrong} onInput={(event) => onDay({ ...value, year: event.currentTarget.value })} />
        </div>
      </div>
      {error && <p class="error" id={`${id}-error`}>{error}</p>}
    </fieldset>
  );
}

/** What is wrong with a day, if anything. */
export function dayFault(id: string, typed: DayTyped, isNeeded = false): Fault[] {
  const read = readDay(typed);
  if (read === 'wrong') return [{ id, text: t.errors.day.form }];
  return read === 'empty' && isNeeded ? [{ id, text: t.errors.day.missing }] : [];
}

/** The day that was typed; only after `dayFault` found nothing. */
export function dayOf(typed: DayTyped): string | undefined {
  const read = readDay(typed);
  return typeof read === 'object' ? read.day : undefined;
}
