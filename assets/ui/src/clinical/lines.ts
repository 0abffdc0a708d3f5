// The lines of a prescription while it is written.
import type { Schemas } from '../core/api';
import { noDay, plainDigits, readNumber, type DayTyped, type Typed } from '../i18n/format';

export type Medicine = Schemas['Medicine'];
export const slotNames = ['morning', 'noon', 'evening', 'night'] as const;
export type SlotName = (typeof slotNames)[number];

/** How the times of a line are written: in words, which the server reads, in one field for each time of day, or as they were in a prescription before. */
export type Mode = 'words' | 'grid' | 'kept';

/** A line as it was in a prescription before. */
export interface Kept {
  sent: Schemas['MedicationRequest'];
  text: Schemas['BilingualText'];
  understood: Schemas['BilingualText'];
  /** It ended on a day that was named: how long it is to go on now has to be said. */
  needsDays: boolean;
}

export interface Line {
  key: string;
  /** The line of the prescription that is changed, for which this one stands. */
  id?: string;
  kept?: Kept;
  medicine: Pick<Medicine, 'id' | 'displayName' | 'displayNameKhmer'> & { unit: string };
  mode: Mode;
  words: string;
  slots: Record<SlotName, string>;
  meal: Schemas['MealRelation'];
  days: string;
  instructions: string;
}

export interface Draft {
  lines: Line[];
  diagnosis: string;
  symptoms: string;
  note: string;
  followUp: DayTyped;
  /** Why a prescription is changed. */
  reason: string;
  urgentReason: string;
  isUrgent: boolean;
  /** The reason for each finding that is overridden, by its id. */
  overrides: Record<string, { reason: Schemas['OverrideReason'] | ''; note: string }>;
}

export const emptyDraft = (): Draft => ({ lines: [], diagnosis: '', symptoms: '', note: '', followUp: noDay, reason: '', urgentReason: '', isUrgent: false, overrides: {} });

export function newLine(key: string, { id, displayName, displayNameKhmer, unit }: Medicine, words: string): Line {
  return {
    key, medicine: { id, displayName, displayNameKhmer, unit }, mode: 'words', words,
    slots: { morning: '', noon: '', evening: '', night: '' }, meal: 'NONE', days: '', instructions: '',
  };
}

/** A line of a prescription before: to be changed, where it stays the same line, or to be prescribed again from now on. */
export function keptLine(key: string, line: Schemas['Medication'], isChange: boolean): Line {
  const { medicineId, doseAmount, doseUnit, mealRelation, slots, times, weekdays, everyNDays, everyNHours, maxPer24h, minIntervalHours, quantity, durationDays, steps, instructions, instructionsKhmer } = line;
  const isOnce = line.frequency === 'STAT';
  const isByItself = isOnce || line.frequency === 'TAPER';
  const sent: Schemas['MedicationRequest'] = {
    medicineId, doseAmount, doseUnit, mealRelation, slots, times, weekdays, everyNDays, everyNHours, maxPer24h, minIntervalHours, quantity, durationDays, steps, instructions, instructionsKhmer,
    isPRN: line.isPRN || undefined, frequency: isOnce ? 'STAT' : undefined,
    ...endOf(line, isChange),
    ...(isChange ? { id: line.id, startDate: line.startDate, firstAt: line.firstAt } : {}),
  };
  const needsDays = !isChange && !isByItself && Boolean(line.endDate) && !durationDays && !quantity;
  const amount = (slot: SlotName): string => (slots?.[slot] ? String(slots[slot]) : '');
  return {
    key, id: isChange ? line.id : undefined, mode: 'kept', words: '', instructions: instructions ?? '', meal: mealRelation, days: durationDays ? String(durationDays) : '',
    medicine: { id: medicineId ?? '', displayName: line.medicineName, displayNameKhmer: line.medicineNameKhmer ?? line.medicineName, unit: doseUnit },
    slots: { morning: amount('morning'), noon: amount('noon'), evening: amount('evening'), night: amount('night') },
    kept: { sent: withoutNulls(sent), text: line.scheduleText, understood: line.understood, needsDays },
  };
}

/** The length is said once: as days or a quantity where it was said so, else by its last day; null says that there is none. */
function endOf(line: Schemas['Medication'], isChange: boolean): Pick<Schemas['MedicationRequest'], 'endDate'> {
  if (line.frequency === 'STAT' || line.frequency === 'TAPER' || line.durationDays) return {};
  if (!line.endDate) return { endDate: null };
  return isChange && !line.quantity ? { endDate: line.endDate } : {};
}

/** Without what nobody said; an end that is null says that there is none. */
function withoutNulls(sent: Schemas['MedicationRequest']): Schemas['MedicationRequest'] {
  return Object.fromEntries(Object.entries(sent).filter(([name, value]) => value !== undefined && (value !== null || name === 'endDate')));
}

/** Words with which directions begin. Nothing is read here: they only divide the name from what the server shall read. */
const beginnings = /^(od|om|on|bd|bid|tds|tid|qds|qid|hs|prn|stat|sos|ac|pc|daily|every|chaque|matin|midi|soir|at|ព្រឹក|ថ្ងៃត្រង់|ល្ងាច|យប់|ពេល.*|q\d+h)$/i;
const pattern = /^[\d½¼¾.]+-[\d½¼¾.]+(-|$)|^\d+x(\/|$)|^x\d+\//i;

/** Divides an entry into the name that is searched and the directions behind it. Nothing is left out of either. */
export function divide(entry: string): { name: string; directions: string } {
  const tokens = entry.trim().split(/\s+/);
  const place = tokens.findIndex((token, index) => index > 0 && (beginnings.test(token) || pattern.test(plainDigits(token))));
  if (place < 0) return { name: entry.trim(), directions: '' };
  return { name: tokens.slice(0, place).join(' '), directions: tokens.slice(place).join(' ') };
}

/** What is not yet filled in or wrong in a line, by the field's name. */
export function faults(line: Line): { field: 'words' | SlotName | 'days'; typed: Typed }[] {
  if (line.mode === 'words') return line.words.trim() === '' ? [{ field: 'words', typed: { is: 'empty' } }] : [];
  const wrong: { field: SlotName | 'days'; typed: Typed }[] = [];
  if (line.mode === 'kept') {
    const typed = readNumber(line.days);
    const isDays = typed.is === 'number' && typed.value >= 1 && Number.isInteger(typed.value);
    return !line.kept?.needsDays || isDays ? [] : [{ field: 'days', typed: typed.is === 'number' ? { is: 'wrong', why: 'form' } : typed }];
  }
  for (const field of [...slotNames, 'days'] as const) {
    const typed = readNumber(field === 'days' ? line.days : line.slots[field]);
    if (typed.is === 'wrong') wrong.push({ field, typed });
    if (field === 'days' && typed.is === 'number' && (typed.value < 1 || !Number.isInteger(typed.value))) wrong.push({ field, typed: { is: 'wrong', why: 'form' } });
  }
  const amounts = slotNames.map((slot) => readNumber(line.slots[slot]));
  if (!amounts.some((typed) => typed.is === 'wrong' || (typed.is === 'number' && typed.value > 0))) wrong.push({ field: 'morning', typed: { is: 'empty' } });
  return wrong;
}

/** A line as it is sent. Only for one without faults. */
export function sent(line: Line): Schemas['MedicationRequest'] {
  const days = readNumber(line.days);
  if (line.mode === 'kept' && line.kept) return { ...line.kept.sent, ...(line.kept.needsDays && days.is === 'number' ? { durationDays: days.value } : {}) };
  const common = { id: line.id, medicineId: line.medicine.id, instructions: line.instructions.trim() || undefined, instructionsKhmer: line.kept?.sent.instructionsKhmer };
  if (line.mode === 'words') return { ...common, frequency: line.words.trim() };
  const amount = (text: string): number => { const typed = readNumber(text); return typed.is === 'number' ? typed.value : 0; };
  return {
    ...common, doseUnit: line.medicine.unit, mealRelation: line.meal,
    slots: { morning: amount(line.slots.morning), noon: amount(line.slots.noon), evening: amount(line.slots.evening), night: amount(line.slots.night) },
    // Of a line that is changed it has to be said when it has no end any more.
    ...(line.days.trim() ? { durationDays: amount(line.days) } : line.id ? { endDate: null } : {}),
  };
}

/** A line that goes on as it is: what a preview says of it holds for one that would begin now. */
export function goesOn(line: Line): boolean {
  return line.mode === 'kept' && line.id !== undefined;
}

/** Of which line a field of the server speaks: `medications[2].frequency` of the third. */
export function lineOf(field: string): number | undefined {
  const found = /^medications\[(\d+)\]/.exec(field)?.[1];
  return found === undefined ? undefined : Number(found);
}
