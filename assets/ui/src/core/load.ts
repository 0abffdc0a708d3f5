// What a screen fetches: it is loading, there, or refused; what is there stays while it is fetched anew.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Problem } from './api';
import { hear, type Kind } from './live';

export interface Loaded<T> {
  value: T | undefined;
  problem: Problem | undefined;
  isLoading: boolean;
  reload: () => void;
}

/** Fetches now, again when `deps` change, and when something of `kinds` happens. */
export function useLoad<T>(fetch: (signal: AbortSignal) => Promise<T>, deps: unknown[], kinds: Kind[] = []): Loaded<T> {
  const state = useSignal<{ value?: T; problem?: Problem; isLoading: boolean }>({ isLoading: true });
  const running = useRef<AbortController | undefined>(undefined);
  const load = useRef(() => {});
  load.current = () => {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    state.value = { ...state.value, isLoading: true };
    fetch(controller.signal).then(
      (value) => { if (!controller.signal.aborted) state.value = { value, isLoading: false }; },
      (error: unknown) => {
        if (controller.signal.aborted) return;
        const problem = error instanceof Problem ? error : new Problem(0, 'fault', String(error), [], '');
        // What may be seen no more is not shown any longer; what cannot be fetched just now may stay.
        state.value = { value: problem.isPassing ? state.value.value : undefined, problem, isLoading: false };
      },
    );
  };
  useEffect(() => {
    state.value = { isLoading: true };
    load.current();
    return () => running.current?.abort();
  }, deps);
  useEffect(() => (kinds.length > 0 ? hear(kinds, () => load.current()) : undefined), []);
  const { value, problem, isLoading } = state.value;
  return { value, problem, isLoading, reload: () => load.current() };
}
