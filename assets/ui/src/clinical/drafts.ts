// What was being written, for whoever comes back: in this tab only, gone with it, emptied by signing out.
import { me } from '../core/session';
import { emptyDraft, type Draft } from './lines';

/** For whom something is written, and from which prescription it comes. */
export interface Aim {
  patient: string;
  what?: 'repeat' | 'change';
  of?: string;
}

interface Kept {
  draft: Draft;
  /** Of the prescription from which it comes: a draft of another one is no draft of this. */
  revision?: number;
}

const START = 'draft:';
const placeOf = ({ patient, what, of }: Aim): string => `${START}${me.value?.id}:${patient}${what ? `:${what}:${of}` : ''}`;

export function kept(aim: Aim, revision?: number): Draft | undefined {
  try {
    const found = JSON.parse(sessionStorage.getItem(placeOf(aim)) ?? 'null') as Kept | null;
    return found && found.revision === revision ? { ...emptyDraft(), ...found.draft } : undefined;
  } catch {
    return undefined;
  }
}

export function keep(aim: Aim, draft: Draft, revision?: number): void {
  sessionStorage.setItem(placeOf(aim), JSON.stringify({ draft, revision } satisfies Kept));
}

export function forget(aim: Aim): void {
  sessionStorage.removeItem(placeOf(aim));
}

/** Where something for this patient waits to be finished. */
export function unfinished(patient: string): string[] {
  const place = placeOf({ patient });
  return Object.keys(sessionStorage).filter((name) => name === place || name.startsWith(`${place}:`)).map((name) => {
    const [what, of] = name.slice(place.length + 1).split(':');
    return `/clinic/patients/${patient}/prescribe${what ? `?${what}=${of}` : ''}`;
  });
}
