// The doses of yesterday, today and the next seven days: from the server, and kept on the phone.
import { signal } from '@preact/signals';
import { get, Problem, type Schemas } from './api';
import { keep, kept } from './store';
import { hear } from './live';
import { daysAfter, today } from '../i18n/format';

export type Dose = Schemas['Dose'];

interface Kept {
  person: string;
  /** When the server said so, in milliseconds. */
  at: number;
  doses: Dose[];
}

/** What is known of the doses; nothing before it was asked for the first time. */
export const days = signal<Kept | undefined>(undefined);
/** Why it is not newer. */
export const daysProblem = signal<Problem | undefined>(undefined);

const NAME = 'days';
let owner = '';

export async function startDays(person: string): Promise<void> {
  owner = person;
  const found = await kept<Kept>(NAME);
  if (found?.person === person) days.value = found;
  addEventListener('online', () => void loadDays());
  hear(['dose.updated', 'schedule.changed', 'prescription.changed'], () => void loadDays());
}

/** Only what a day needs: the rest of a dose's story is not for a phone that may be lost. */
function lean(dose: Dose): Dose {
  return { ...dose, corrections: [], reminders: [], notes: null, deviceTime: null, recordedBy: null };
}

let running: Promise<void> | undefined;
export function loadDays(): Promise<void> {
  const loading = load();
  running = loading;
  return loading;
}

/** Asks no more, and waits for what was asked: whoever signs out ends the session after it. */
export async function stopDays(): Promise<void> {
  owner = '';
  await running;
}

async function load(): Promise<void> {
  if (!owner) return;
  try {
    const found = await get('/doses/schedule', { query: { date: daysAfter(today(), -1), days: 9 } });
    days.value = { person: owner, at: Date.now(), doses: found.doses.map(lean) };
    daysProblem.value = undefined;
    await keep(NAME, days.value);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    daysProblem.value = error;
  }
}

/** Shows what the server has just taken, before all is fetched anew. */
export function settle(settled: { doseId: string; status: Dose['status']; at: string }[]): void {
  const now = new Date().toISOString();
  change((dose) => {
    const one = settled.find((other) => other.doseId === dose.id);
    return one ? { ...dose, status: one.status, takenAt: one.status.startsWith('TAKEN') ? one.at : null, recordedAt: now } : dose;
  });
  void loadDays();
}

/** Shows a dose as the server has answered. */
export function replaceDose(dose: Dose): void {
  change((other) => (other.id === dose.id ? lean(dose) : other));
  void loadDays();
}

function change(act: (dose: Dose) => Dose): void {
  if (!days.value) return;
  days.value = { ...days.value, doses: days.value.doses.map(act) };
  void keep(NAME, days.value);
}
