import { useEffect, useRef } from 'react';

import { useSession, useSessionStore } from '../../session/session-context.ts';
import type { Answer } from '../../session/session-store.ts';
import type { Problem } from '../../session/problem.ts';

/** A press within this time after a card appeared was meant for something else. */
const GUARD_MS = 300;
let movedAt = Number.NEGATIVE_INFINITY;

/** The focus has just been moved to a card: what is pressed in this moment was meant for the one before it. */
export function guardStrayPresses(): void {
  movedAt = performance.now();
}

export interface AnswerControl {
  /** Does nothing while an answer is on its way. */
  give: (answer: Answer) => void;
  busy: boolean;
  problem: Problem | null;
}

/** Answers a tool call that asks. */
export function useAnswer(toolUseId: string): AnswerControl {
  const session = useSessionStore();
  const state = useSession((current) => current.answers.get(toolUseId));
  const shownAt = useRef(Number.POSITIVE_INFINITY);
  useEffect(() => {
    shownAt.current = performance.now();
  }, [toolUseId]);
  return {
    give(answer) {
      if (state === 'sending' || performance.now() - Math.max(shownAt.current, movedAt) < GUARD_MS) return;
      void session.answer(toolUseId, answer);
    },
    busy: state === 'sending',
    problem: state === undefined || state === 'sending' ? null : state,
  };
}
