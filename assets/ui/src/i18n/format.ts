// Dates, numbers and doses. No `Intl` for Khmer: browsers have no data for it and write English silently.
import { language, t } from './index';

const MINUTE = 60_000;
/** Phnom Penh, all year round. */
const OFFSET = 7 * 60 * MINUTE;

/** The parts of an instant as a clock in the clinic shows them. */
function parts(instant: string | number): { year: number; month: number; day: number; weekday: number; time: string } {
  const local = new Date(new Date(instant).getTime() + OFFSET);
  const two = (number: number): string => String(number).padStart(2, '0');
  return {
    year: local.getUTCFullYear(), month: local.getUTCMonth(), day: local.getUTCDate(), weekday: local.getUTCDay(),
    time: `${two(local.getUTCHours())}:${two(local.getUTCMinutes())}`,
  };
}

/** Today in the clinic, `2026-11-29`. */
export function today(): string {
  return new Date(Date.now() + OFFSET).toISOString().slice(0, 10);
}

/** So many days after a day. */
export function daysAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 24 * 60 * MINUTE).toISOString().slice(0, 10);
}

/** `29 November 2026`, `29 វិច្ឆិកា 2026`: of an instant, or of a day without a time. */
export function date(of: string): string {
  const { year, month, day } = parts(of.length === 10 ? `${of}T00:00:00+07:00` : of);
  return `${day} ${t.months[month]} ${year}`;
}

/** `29 Nov`: where the year is clear. */
export function shortDate(of: string): string {
  const { month, day } = parts(of.length === 10 ? `${of}T00:00:00+07:00` : of);
  return language === 'km' ? `${day} ${t.months[month]}` : `${day} ${t.months[month]!.slice(0, 3)}`;
}

/** Completed years since a day. */
export function yearsSince(day: string, now = today()): number {
  return Number(now.slice(0, 4)) - Number(day.slice(0, 4)) - (now.slice(5) < day.slice(5) ? 1 : 0);
}

/** The numbers of a day and its month, where there is no room for words. */
export function dayAndMonth(day: string): [number, number] {
  const { month, day: number } = parts(`${day}T00:00:00+07:00`);
  return [number, month + 1];
}

/** The day of the week, 0 for Sunday. */
export function weekday(day: string): number {
  return parts(`${day}T00:00:00+07:00`).weekday;
}

export function dateTime(instant: string): string {
  return `${date(instant)} ${parts(instant).time}`;
}

/** How long ago, in words; a date when that is more than a week. */
export function ago(instant: string, now = Date.now()): string {
  const minutes = Math.floor((now - new Date(instant).getTime()) / MINUTE);
  if (minutes < 1) return t.ago.now;
  if (minutes < 60) return t.ago.minutes(minutes);
  if (minutes < 24 * 60) return t.ago.hours(Math.floor(minutes / 60));
  if (minutes < 7 * 24 * 60) return t.ago.days(Math.floor(minutes / (24 * 60)));
  return date(instant);
}

/** A number without needless zeros: `0.5`, `20,000`. */
export function number(value: number, digits = 3): string {
  const [whole, rest] = String(Number(value.toFixed(digits))).split('.');
  const grouped = whole!.replace(/\B(?=(\d{3})+$)/g, ',');
  return rest ? `${grouped}.${rest}` : grouped;
}

export function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : `${number(value, 0)}%`;
}

/** Khmer digits as the others, so that both may be typed. */
export function plainDigits(text: string): string {
  return text.replace(/[០-៩]/g, (digit) => String(digit.charCodeAt(0) - 0x17e0));
}

export type Typed = { is: 'empty' } | { is: 'number'; value: number } | { is: 'wrong'; why: 'comma' | 'zero' | 'form' };

/** Reads a number as it was typed. Nothing is guessed: a comma may mean thousands or a fraction, so it is wrong. */
export function readNumber(text: string): Typed {
  const plain = plainDigits(text).trim();
  if (plain === '') return { is: 'empty' };
  if (plain.includes(',')) return { is: 'wrong', why: 'comma' };
  if (/^\.\d/.test(plain)) return { is: 'wrong', why: 'zero' };
  if (!/^\d{1,6}(\.\d{1,3})?$/.test(plain)) return { is: 'wrong', why: 'form' };
  return { is: 'number', value: Number(plain) };
}

/** What is wrong with a typed number, in words. */
export function numberError(typed: Typed): string | undefined {
  return typed.is === 'wrong' ? t.errors.number[typed.why] : undefined;
}

/** A day as it is typed in three fields. */
export interface DayTyped {
  day: string;
  month: string;
  year: string;
}
export const noDay: DayTyped = { day: '', month: '', year: '' };

/** The three fields of a day, `2026-11-29`. */
export function dayTyped(day: string | null | undefined): DayTyped {
  const [year, month, number] = (day ?? '').split('-');
  return year && month && number ? { day: String(Number(number)), month: String(Number(month)), year } : noDay;
}

/** The day that three fields name; `wrong` when there is no such day. */
export function readDay({ day, month, year }: DayTyped): 'empty' | 'wrong' | { day: string } {
  const [dayText, yearText] = [plainDigits(day).trim(), plainDigits(year).trim()];
  if (!dayText && !month && !yearText) return 'empty';
  if (!/^\d{1,2}$/.test(dayText) || !/^\d{1,2}$/.test(month) || !/^\d{4}$/.test(yearText)) return 'wrong';
  const named = `${yearText}-${month.padStart(2, '0')}-${dayText.padStart(2, '0')}`;
  const instant = new Date(`${named}T00:00:00Z`);
  return Number.isNaN(instant.getTime()) || instant.toISOString().slice(0, 10) !== named ? 'wrong' : { day: named };
}

/** `07:00`, as a clock in the clinic shows it. */
export function clock(instant: string | number): string {
  return parts(instant).time;
}

/** The day in the clinic on which an instant lies, `2026-11-29`. */
export function dayOfInstant(instant: string | number): string {
  return new Date(new Date(instant).getTime() + OFFSET).toISOString().slice(0, 10);
}

/** Hours and minutes as they were typed, `7:30` or `០៧:៣០`; nothing when there is no such time. */
export function readTime(text: string): string | undefined {
  const found = /^(\d{1,2})[:.hH](\d{2})$/.exec(plainDigits(text).trim());
  if (!found || Number(found[1]) > 23 || Number(found[2]) > 59) return undefined;
  return `${found[1]!.padStart(2, '0')}:${found[2]}`;
}

/** The instant of a time on a day in the clinic. */
export function instantOf(day: string, time: string): string {
  return new Date(`${day}T${time}:00+07:00`).toISOString();
}
