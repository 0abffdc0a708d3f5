// Marks go into the outbox first and to the server when there is a network: nobody waits for it.
import { signal } from '@preact/signals';
import { newKey, post, Problem, type Schemas } from './api';
import { dropMarks, keep, kept, marks, putMark, type Mark } from './store';

/** What the server has not got yet. */
export const outbox = signal<Mark[]>([]);
/** What the server could not take, in its words, until somebody has read it. */
export const refused = signal<{ doseId: string; at: string; message: string }[]>([]);
/** By so many seconds the phone's clock was wrong when something was sent. */
export const clockShift = signal(0);

/** What is to be heard of the doses that follow, until somebody has read it. */
export const told = signal<Told[]>([]);
export type Told = { doseId: string; text: Schemas['BilingualText'] };

/** Shows what an answer to a record says of the doses that follow. */
export function tell(doseId: string, notices: readonly Schemas['PrescriptionNotice'][]): void {
  const others = told.value.filter((one) => one.doseId !== doseId);
  told.value = [...others, ...notices.map(({ text }) => ({ doseId, text }))];
}

const REFUSED = 'refused';
/** The most that the server takes at a time. */
const MOST = 100;

type Settled = Schemas['SyncSettled'] & { at: string };
let whenSettled = (_: Settled[]): void => {};
let owner = '';

/** Begins with what this person has left. */
export async function startOutbox(person: string, settled: (of: Settled[]) => void): Promise<void> {
  owner = person;
  whenSettled = settled;
  outbox.value = (await marks()).filter((mark) => mark.person === person);
  refused.value = (await kept<typeof refused.value>(REFUSED)) ?? [];
  addEventListener('online', soon);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) soon(); });
  void flush();
}

/** Notes marks, shows them at once, and sends them when that is possible. */
export async function note(doses: string[], action: Mark['action'], at: string, reason?: Mark['reason']): Promise<void> {
  const made = doses.map((doseId) => ({ clientId: newKey(), person: owner, doseId, action, at, reason }));
  outbox.value = [...outbox.value.filter((mark) => !doses.includes(mark.doseId)), ...made];
  for (const mark of made) await putMark(mark);
  soon();
}

/** Takes a mark back that is still here. False when it has been sent or is on its way. */
export async function takeBack(doseId: string): Promise<boolean> {
  await running;
  const found = outbox.value.filter((mark) => mark.doseId === doseId);
  outbox.value = outbox.value.filter((mark) => mark.doseId !== doseId);
  await dropMarks(found.map((mark) => mark.clientId));
  return found.length > 0;
}

/** Between two tries, in milliseconds. */
const [SHORTEST_PAUSE, LONGEST_PAUSE] = [2_000, 60_000];
let pause = SHORTEST_PAUSE;
let waiting: ReturnType<typeof setTimeout> | undefined;
let running: Promise<void> | undefined;
/** Sends what waits, one page of the browser at a time. */
export function flush(): Promise<void> {
  clearTimeout(waiting);
  running ??= inTurn(send).catch(() => undefined).finally(() => {
    running = undefined;
    // A network that has just come back often fails once more.
    if (outbox.value.length > 0) waiting = setTimeout(() => void flush(), pause);
    pause = outbox.value.length > 0 ? Math.min(pause * 2, LONGEST_PAUSE) : SHORTEST_PAUSE;
  });
  return running;
}

function soon(): void {
  pause = SHORTEST_PAUSE;
  void flush();
}

async function send(): Promise<void> {
  // Another page may have sent some of them, or noted more.
  outbox.value = (await marks()).filter((mark) => mark.person === owner);
  const batch = outbox.value.slice(0, MOST);
  if (batch.length === 0) return;
  const actions = batch.map(({ clientId, doseId, action, at, reason }) => ({ clientId, doseId, action, at, reason }));
  const answer = await post('/doses/sync', { body: { actions, sentAt: new Date().toISOString() } }).catch((error: unknown) => {
    if (error instanceof Problem) return undefined;
    throw error;
  });
  if (!answer) return;
  const settled = [...answer.applied, ...answer.unchanged];
  const final = answer.conflicts.filter((one) => !one.maySendAgain);
  const at = (id: string): string => batch.find((mark) => mark.clientId === id)?.at ?? '';
  const done = [...settled, ...final].map((one) => one.clientId);
  if (final.length > 0) {
    refused.value = [...refused.value, ...final.map((one) => ({ doseId: one.doseId, at: at(one.clientId), message: one.message }))];
    await keep(REFUSED, refused.value);
  }
  for (const one of settled) if (one.clockShiftSeconds) clockShift.value = one.clockShiftSeconds;
  for (const one of answer.applied) tell(one.doseId, one.notices);
  whenSettled(settled.map((one) => ({ ...one, at: at(one.clientId) })));
  await dropMarks(done);
  outbox.value = outbox.value.filter((mark) => !done.includes(mark.clientId));
}

export async function haveRead(): Promise<void> {
  refused.value = [];
  await keep(REFUSED, []);
}

function inTurn(act: () => Promise<void>): Promise<void> {
  return navigator.locks ? navigator.locks.request('das-tern-outbox', act).then(() => undefined) : act();
}
