// Who is signed in, and signing out.
import { signal } from '@preact/signals';
import { get, onSignedOut, post, type Schemas } from './api';
import { whenIdle } from './idle';
import { stopListening } from './live';
import { speak, language } from '../i18n';

export const me = signal<Schemas['Profile'] | undefined>(undefined);

/** Where somebody of this role begins. */
export function homeOf(person: Schemas['Profile']): string {
  if (person.role === 'DOCTOR' && person.status === 'VERIFIED') return '/clinic';
  if (person.role === 'ADMIN' && person.status === 'ACTIVE') return '/admin';
  if (person.role === 'PATIENT' && person.status === 'ACTIVE') return '/me';
  if (person.role === 'FAMILY_MEMBER' && person.status === 'ACTIVE') return '/family';
  return '/sign-in';
}

/** Finds out who is signed in; leads to the sign-in whoever is not, and to their own pages whoever belongs elsewhere. */
export async function enter(prefix: '/clinic' | '/admin'): Promise<void> {
  onSignedOut(leave);
  const person = await get('/auth/me');
  const home = homeOf(person);
  if (home !== prefix) {
    location.replace(home);
    return;
  }
  // On a page that nobody has spoken for yet, the person's own language counts.
  const own = person.language === 'ENGLISH' ? 'en' : 'km';
  if (!document.cookie.includes('das-tern-language=') && own !== language) speak(own);
  // What somebody else has left in this tab is not for whoever is signed in now.
  for (const name of Object.keys(sessionStorage)) {
    if (name.startsWith('draft:') && !name.startsWith(`draft:${person.id}:`)) sessionStorage.removeItem(name);
  }
  // Nor what a patient has left on a browser that is the clinic's now.
  indexedDB.deleteDatabase('das-tern');
  noteSignedIn();
  me.value = person;
  whenIdle(() => {
    me.value = undefined;
    stopListening();
    post('/auth/browser/logout').catch(() => undefined).finally(leave);
  });
  // A page that the browser has kept for "back" shows what may be seen no more.
  addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });
}

/** Noted so that the sign-in need not ask the server whether somebody is signed in; it says nothing of whom. */
export const SIGNED_IN = 'das-tern-signed-in';
export const noteSignedIn = (): void => localStorage.setItem(SIGNED_IN, '1');
export const mayBeSignedIn = (): boolean => localStorage.getItem(SIGNED_IN) !== null;

let isLeaving = false;
/** Leads to the sign-in and back again afterwards. */
function leave(): void {
  // Several notice that a session has ended; a second navigation would break the first one off.
  if (isLeaving) return;
  isLeaving = true;
  me.value = undefined;
  localStorage.removeItem(SIGNED_IN);
  const next = location.pathname + location.search;
  location.replace(`/sign-in?next=${encodeURIComponent(next)}`);
}

export async function signOut(): Promise<void> {
  // Takes the screens down first, and with them what they are still fetching.
  isLeaving = true;
  me.value = undefined;
  stopListening();
  await post('/auth/browser/logout').catch(() => undefined);
  sessionStorage.clear();
  localStorage.removeItem(SIGNED_IN);
  location.replace('/sign-in');
}
