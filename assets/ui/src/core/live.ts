// Events as they happen. One page of a browser listens and tells the others, where the browser can choose one.
import { signal } from '@preact/signals';
import { continueSession, signedOut } from './api';

/** What there is to hear. `resync` says that something may have been missed: fetch anew. */
const kinds = [
  'alert.opened', 'alert.updated', 'clinical_record.changed', 'connection.changed', 'dose.updated',
  'notification.created', 'notification.read', 'prescription.changed', 'schedule.changed', 'vital.recorded', 'resync',
] as const;
export type Kind = (typeof kinds)[number];

export const connection = signal<'connecting' | 'live' | 'lost'>('connecting');

const hearers = new Set<(kind: Kind) => void>();
const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('das-tern-events') : undefined;
let started = false;
let tries = 0;

/** Hears of events of these kinds; several within a moment are told once. Gives back what ends it. */
export function hear(wanted: Kind[], act: () => void): () => void {
  start();
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const hearer = (kind: Kind): void => {
    if (kind !== 'resync' && !wanted.includes(kind)) return;
    waiting ??= setTimeout(() => { waiting = undefined; act(); }, 300);
  };
  hearers.add(hearer);
  return () => { hearers.delete(hearer); clearTimeout(waiting); };
}

function tell(kind: Kind): void {
  hearers.forEach((hearer) => hearer(kind));
}

function start(): void {
  if (started) return;
  started = true;
  channel?.addEventListener('message', ({ data }: MessageEvent<{ kind?: Kind; state?: 'live' | 'lost' }>) => {
    if (data.state) connection.value = data.state;
    if (data.kind && kinds.includes(data.kind)) tell(data.kind);
  });
  const listenForEver = (): Promise<never> => { open(); return new Promise(() => {}); };
  if (navigator.locks && channel) {
    // Whoever waits for the lock is told by whoever holds it, and takes over when that page is closed.
    connection.value = 'live';
    void navigator.locks.request('das-tern-events', listenForEver);
  } else {
    void listenForEver();
  }
}

function say(state: 'live' | 'lost'): void {
  connection.value = state;
  channel?.postMessage({ state });
}

let source: EventSource | undefined;
let isStopped = false;
/** Hears of nothing any more: whoever signs out ends the stream with the session, and need not ask why it ended. */
export function stopListening(): void {
  isStopped = true;
  source?.close();
}

function open(): void {
  if (isStopped) return;
  const opened = new EventSource('/api/events');
  source = opened;
  opened.addEventListener('open', () => {
    say('live');
    if (tries > 0) { tell('resync'); channel?.postMessage({ kind: 'resync' }); }
    tries = 0;
  });
  for (const kind of kinds) {
    opened.addEventListener(kind, () => { tell(kind); channel?.postMessage({ kind }); });
  }
  opened.addEventListener('ended', () => { opened.close(); void again(); });
  opened.addEventListener('error', () => {
    say('lost');
    tries += 1;
    // A browser comes back by itself, but not after a refusal, such as of a token that has run out.
    if (opened.readyState === EventSource.CLOSED) void again();
  });
}

async function again(): Promise<void> {
  if (isStopped) return;
  tries += 1;
  if ((await continueSession()) === 'gone') return signedOut();
  setTimeout(open, Math.min(30_000, 1_000 * 2 ** Math.min(tries, 5)));
}

