// Doses as people see them: a shape and a word for each state, pieces that can be counted, a picture for the time of day.
import type { JSX } from 'preact';
import type { Dose } from '../../core/days';
import type { Mark } from '../../core/store';
import { DrugName } from '../../clinical';
import { language, t, word } from '../../i18n';
import { clock, number } from '../../i18n/format';
import { d, o } from '../../i18n/own';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A dose with what the phone knows of it beyond the server. */
export interface Seen {
  dose: Dose;
  /** As it is shown: the mark that was not sent counts. */
  status: Dose['status'];
  mark?: Mark;
  at: number;
  /** May be recorded now: from two hours before its time until a day after. */
  isOpen: boolean;
  /** Past its time and the patience that the patient has chosen, and not recorded. */
  isMissed: boolean;
  isTooEarly: boolean;
}

export function seen(doses: Dose[], marks: Mark[], now: number, graceMinutes: number): Seen[] {
  return doses
    .filter((dose) => dose.status !== 'CANCELLED')
    .map((dose) => {
      const mark = marks.find((one) => one.doseId === dose.id);
      const at = new Date(dose.scheduledTime).getTime();
      const isPast = now > at + graceMinutes * MINUTE;
      let status = dose.status;
      if (mark?.action === 'skipped') status = 'SKIPPED';
      else if (mark) status = new Date(mark.at).getTime() > at + graceMinutes * MINUTE ? 'TAKEN_LATE' : 'TAKEN_ON_TIME';
      const isUnmarked = status === 'DUE' || status === 'MISSED';
      const isWithinADay = now <= at + 24 * HOUR;
      return { dose, status, mark, at, isOpen: isUnmarked && isWithinADay && now >= at - 2 * HOUR, isMissed: status === 'MISSED' || (status === 'DUE' && isPast), isTooEarly: isUnmarked && now < at - 2 * HOUR };
    })
    .sort((one, other) => one.at - other.at);
}

/** Those of one time together. */
export function groups(of: Seen[]): Seen[][] {
  const found = new Map<number, Seen[]>();
  for (const one of of) found.set(one.at, [...(found.get(one.at) ?? []), one]);
  return [...found.values()];
}

/** Taken, late, missed, left out, to come: never by colour alone. */
export function Shape({ status }: { status: string }) {
  const shapes: Record<string, JSX.Element> = {
    TAKEN_ON_TIME: <><circle cx="12" cy="12" r="11" fill="var(--taken)" /><path d="M7 12.5l3.5 3.5 6.5-7.5" class="on" /></>,
    TAKEN_LATE: <><circle cx="12" cy="12" r="10" fill="none" stroke="var(--late)" stroke-width="2" /><path d="M12 2a10 10 0 0 1 0 20z" fill="var(--late)" /></>,
    MISSED: <><rect x="1" y="1" width="22" height="22" rx="4" fill="var(--missed)" /><path d="M7 7l10 10M17 7L7 17" class="on" /></>,
    SKIPPED: <><circle cx="12" cy="12" r="11" fill="var(--skipped)" /><path d="M7 12h10" class="on" /></>,
  };
  return <svg class="shape" viewBox="0 0 24 24" aria-hidden="true">{shapes[status] ?? <circle cx="12" cy="12" r="9.5" fill="none" stroke="var(--due)" stroke-width="3" />}</svg>;
}

/** `2 tablets`, with as many drawn where that can be done. */
export function Amount({ of }: { of: Dose }) {
  const isPiece = of.unit === 'TABLET' || of.unit === 'CAPSULE';
  const whole = Math.floor(of.amount);
  const isDrawn = isPiece && of.amount <= 4 && (of.amount * 2) % 1 === 0;
  const text = language === 'km' || !isPiece ? `${d(number(of.amount))} ${isPiece ? o.today.unit[of.unit] : word(t.unit, of.unit)}` : of.dose;
  return (
    <span class="amount">
      {isDrawn && (
        <span class="pieces" aria-hidden="true">
          {Array.from({ length: whole }, (_, place) => <svg key={place} viewBox="0 0 24 24"><circle cx="12" cy="12" r="10" /><path d="M12 3v18" /></svg>)}
          {of.amount > whole && <svg viewBox="0 0 24 24"><path class="half" d="M12 2a10 10 0 0 0 0 20z" /></svg>}
        </span>
      )}
      <b>{text}</b>
    </span>
  );
}

export function mealText(dose: Dose): string | undefined {
  return dose.mealRelation && dose.mealRelation !== 'NONE' ? word(t.meal, dose.mealRelation) : undefined;
}

const suns: Record<string, JSX.Element> = {
  MORNING: <path d="M3 19h18M6 19a6 6 0 0 1 12 0M12 4v5M4.5 11l2 2M19.5 11l-2 2M9.5 6.5L12 4l2.5 2.5" />,
  NOON: <path d="M12 7a5 5 0 1 1 0 10 5 5 0 0 1 0-10zM12 1.5v2.5M12 20v2.5M1.5 12H4M20 12h2.5M4.6 4.6l1.7 1.7M17.7 17.7l1.7 1.7M19.4 4.6l-1.7 1.7M6.3 17.7l-1.7 1.7" />,
  EVENING: <path d="M3 19h18M6 19a6 6 0 0 1 12 0M12 4v5M4.5 11l2 2M19.5 11l-2 2M9.5 6.5L12 9l2.5-2.5" />,
  NIGHT: <path d="M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5z" />,
};

/** The time of day as a picture, a word and a clock. */
export function When({ dose }: { dose: Dose }) {
  const slot = dose.slot && suns[dose.slot] ? dose.slot : undefined;
  return (
    <span class="when">
      {slot && <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{suns[slot]}</svg>}
      <span>{slot && `${word(t.slot, slot.toLowerCase())} `}<span class="number nowrap">{o.today.at(d(clock(dose.scheduledTime)))}</span></span>
    </span>
  );
}

/** The name, how much and how. */
export function DoseText({ dose, small }: { dose: Dose; small?: boolean }) {
  const instructions = language === 'km' ? dose.instructionsKhmer : dose.instructions;
  return (
    <div class="grow dose-text">
      <p><DrugName name={dose.medicineName} khmer={dose.medicineNameKhmer} /></p>
      <p class="row"><Amount of={dose} />{mealText(dose) && <span class="muted">{mealText(dose)}</span>}</p>
      {!small && instructions && <p class="muted">{instructions}</p>}
    </div>
  );
}

/** A dose in a list: the shape, the word, the name. */
export function DoseLine({ of, children }: { of: Seen; children?: JSX.Element | false }) {
  const taken = of.mark?.at ?? of.dose.takenAt;
  return (
    <li class="dose-line">
      <Shape status={of.isMissed ? 'MISSED' : of.status} />
      <DoseText dose={of.dose} small />
      <div class="end">
        <span class="small">{word(o.today.states, of.isMissed ? 'MISSED' : of.status)}{of.status.startsWith('TAKEN') && taken && <span class="number nowrap"> {d(clock(taken))}</span>}</span>
        {of.mark && <span class="badge info">{o.today.notSent}</span>}
        {children}
      </div>
    </li>
  );
}
