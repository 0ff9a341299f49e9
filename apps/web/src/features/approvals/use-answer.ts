import { useEffect, useRef } from 'react';

import { useSession, useSessionStore } from '../../session/session-context.ts';
import type { Answer } from '../../session/session-store.ts';
import type { Problem } from '../../session/problem.ts';

/** A press within this time after a card appeared was meant for something else. */
const GUARD_MS = 300;

export interface AnswerControl {
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
      if (performance.now() - shownAt.current < GUARD_MS) return;
      void session.answer(toolUseId, answer);
    },
    busy: state === 'sending',
    problem: state === undefined || state === 'sending' ? null : state,
  };
}
