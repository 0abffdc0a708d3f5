// The session on a person's own phone: it opens without a network, and ends without losing what was not sent.
import { signal } from '@preact/signals';
import { get, onSignedOut, post, Problem, type Schemas } from './api';
import { stopListening } from './live';
import { homeOf, me, noteSignedIn, SIGNED_IN } from './session';
import { dropMarks, forgetKept, keep, kept, marks } from './store';
import { language, speak } from '../i18n';

/** Whether the server was last out of reach. */
export const isAway = signal(false);

const roots = ['/me', '/family', '/plan'] as const;
/** Where the pages of this script begin: a patient's, those of somebody who cares for one, or what both may pay for. */
export const root = roots.find((one) => location.pathname.startsWith(one)) ?? '/me';

const PERSON = 'person';

/** Who is signed in; without a network, who was here last. `begin` is done before anything is shown. */
export async function enterOwn(begin: (person: Schemas['Profile']) => Promise<void>): Promise<void> {
  onSignedOut(() => void leave());
  const before = await kept<Schemas['Profile']>(PERSON);
  let person: Schemas['Profile'];
  try {
    person = await get('/auth/me');
  } catch (error) {
    if (!(error instanceof Problem) || !error.isPassing || !before) throw error;
    person = before;
    isAway.value = true;
    // Whether this is still the person, and what has become of the account, is asked as soon as that can be.
    addEventListener('online', () => void get('/auth/me').then(changed, () => undefined), { once: true });
  }
  const home = homeOf(person);
  if (home !== root && (root !== '/plan' || !['/me', '/family'].includes(home))) return location.replace(home);
  if (before && before.id !== person.id) await forgetKept();
  await keep(PERSON, person);
  // What another person left unsent is theirs, and is not sent in this one's name.
  await dropMarks((await marks()).filter((mark) => mark.person !== person.id).map((mark) => mark.clientId));
  noteSignedIn();
  const own = person.language === 'ENGLISH' ? 'en' : 'km';
  if (!document.cookie.includes('das-tern-language=') && own !== language && !isAway.value) return speak(own);
  await begin(person);
  me.value = person;
  addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });
  addEventListener('offline', () => { isAway.value = true; });
  addEventListener('online', () => { isAway.value = false; });
}

/** Keeps the person's page up to date with what was changed on it. */
export async function changed(person: Schemas['Profile']): Promise<void> {
  me.value = person;
  await keep(PERSON, person);
}

let isLeaving = false;
/** The server has ended the session: what can be read goes, what was not sent waits for the same person. */
async function leave(): Promise<void> {
  if (isLeaving) return;
  isLeaving = true;
  me.value = undefined;
  localStorage.removeItem(SIGNED_IN);
  await forgetKept();
  location.replace(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
}

/** Signs out and leaves nothing behind: the caller has warned of what was not sent. */
export async function signOutOwn(): Promise<void> {
  isLeaving = true;
  me.value = undefined;
  stopListening();
  await post('/auth/browser/logout').catch(() => undefined);
  await forgetKept();
  await dropMarks((await marks()).map((mark) => mark.clientId));
  if ('caches' in globalThis) for (const name of await caches.keys()) await caches.delete(name);
  sessionStorage.clear();
  localStorage.removeItem(SIGNED_IN);
  location.replace('/sign-in');
}

/** Lets the pages open without a network, where the browser can do that. */
export function startWorker(): void {
  if (!('serviceWorker' in navigator)) return;
  type Policy = { createScriptURL(address: string): string };
  const types = (globalThis as { trustedTypes?: { createPolicy(name: string, rules: Policy): Policy } }).trustedTypes;
  const rules: Policy = { createScriptURL: (address) => { if (address === '/sw.js') return address; throw new TypeError(address); } };
  const address = (types?.createPolicy('dt-sw', rules) ?? rules).createScriptURL('/sw.js');
  navigator.serviceWorker.register(address).catch(() => undefined);
}
