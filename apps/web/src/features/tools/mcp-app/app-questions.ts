import { useSyncExternalStore } from 'react';

/**
 * The questions of apps, of which one is on the screen at a time. While it is, every app stands still: an app could
 * otherwise move the question, or another thing, under the pointer. A frame can even scroll the page around it.
 */
let open: symbol | null = null;
const waiting: { key: symbol; begin: () => void }[] = [];
const listeners = new Set<() => void>();

/** A place in the order of questions. */
export interface QuestionTurn {
  /** Resolves when the question may be shown; never, where it has ended before. */
  begun: Promise<void>;
  /** The next one may be shown. Idempotent. */
  end: () => void;
}

export function takeQuestionTurn(): QuestionTurn {
  const key = Symbol('question');
  const { promise, resolve } = Promise.withResolvers<void>();
  if (open === null) change(key, resolve);
  else waiting.push({ key, begin: resolve });
  return {
    begun: promise,
    end() {
      const place = waiting.findIndex((each) => each.key === key);
      if (place >= 0) waiting.splice(place, 1);
      if (open !== key) return;
      const next = waiting.shift();
      change(next?.key ?? null, next?.begin);
    },
  };
}

function change(to: symbol | null, begin: (() => void) | undefined): void {
  open = to;
  begin?.();
  for (const listener of listeners) listener();
}

export function isQuestionOpen(): boolean {
  return open !== null;
}

/** Whether apps stand still now. */
export function useStandsStill(): boolean {
  return useSyncExternalStore(subscribe, isQuestionOpen);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
