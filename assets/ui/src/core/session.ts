// Who is signed in, and signing out.
import { signal } from '@preact/signals';
import { get, onSignedOut, post, type Schemas } from './api';
import { speak, language } from '../i18n';

export const me = signal<Schemas['Profile'] | undefined>(undefined);

/** Where somebody of this role begins. */
export function homeOf(person: Schemas['Profile']): string {
  if (person.role === 'DOCTOR' && person.status === 'VERIFIED') return '/clinic';
  if (person.role === 'ADMIN' && person.status === 'ACTIVE') return '/admin';
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
  me.value = person;
}

/** Leads to the sign-in and back again afterwards. */
function leave(): void {
  const next = location.pathname + location.search;
  location.replace(`/sign-in?next=${encodeURIComponent(next)}`);
}

export async function signOut(): Promise<void> {
  await post('/auth/browser/logout').catch(() => undefined);
  sessionStorage.clear();
  location.replace('/sign-in');
}
