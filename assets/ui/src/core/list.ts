// Long lists: a page of the server's at a time, more when asked for; what is shown stays while it is fetched anew.
import { useMemo, useRef } from 'preact/hooks';
import { useLoad, type Loaded } from './load';
import type { Kind } from './live';

/** The most that the server gives at a time. */
const MOST = 100;

export interface Page<T> {
  items: T[];
  nextCursor?: string | null;
}

export interface Listed<T> extends Loaded<Page<T>> {
  /** Shows so many more. */
  grow: () => void;
}

/**
 * Fetches `step` entries, and `step` more each time that is asked for. With `steady` an entry keeps its place while the
 * list is fetched anew, until `deps` change: a row that moves under a finger leads to somebody else.
 */
export function useList<T extends { id: string }>(
  fetch: (page: { limit: number; cursor?: string }, signal: AbortSignal) => Promise<Page<T>>, deps: unknown[], kinds: Kind[], { step, steady }: { step: number; steady?: boolean },
): Listed<T> {
  const wanted = useRef(step);
  const places = useRef(new Map<string, number>());
  useMemo(() => {
    wanted.current = step;
    places.current = new Map();
  }, deps);
  const loaded = useLoad(async (signal) => {
    const page = await collect(fetch, wanted.current, signal);
    const known = places.current;
    const items = steady && known.size > 0 ? keepPlaces(page.items, known) : page.items;
    if (!signal.aborted) places.current = new Map(items.map((one, place) => [one.id, place]));
    return { ...page, items };
  }, deps, kinds);
  return { ...loaded, grow: () => { wanted.current += step; loaded.reload(); } };
}

async function collect<T>(fetch: (page: { limit: number; cursor?: string }, signal: AbortSignal) => Promise<Page<T>>, wanted: number, signal: AbortSignal): Promise<Page<T>> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await fetch({ limit: Math.min(MOST, wanted - items.length), cursor }, signal);
    items.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor && items.length < wanted);
  return { items, nextCursor: cursor };
}

/** Those that were there in their order; the new ones after them. */
export function keepPlaces<T extends { id: string }>(items: T[], places: Map<string, number>): T[] {
  const placeOf = (one: T): number => places.get(one.id) ?? places.size;
  return [...items].sort((one, other) => placeOf(one) - placeOf(other));
}
