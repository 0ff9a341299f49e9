import { useEffect, useRef } from 'react';

import { useSession, useSessionStore } from '../../session/session-context.ts';
import type { Answer } from '../../session/session-sending.ts';
import type { Problem } from '../../session/problem.ts';

/** A press this soon after a card became readable was meant for something else, and is ignored. */
const GUARD_MS = 300;
let movedAt = Number.NEGATIVE_INFINITY;

/** The focus has just moved to this card; a press within this time was meant for the previous card. */
export function guardStrayPresses(): void {
  movedAt = performance.now();
}

export interface AnswerControl {
  /** Does nothing while an answer is being sent, or before the card could be read. */
  give: (answer: Answer) => void;
  busy: boolean;
  problem: Problem | null;
}

/** Answers a tool call that waits for approval. `shown` says whether the review is on screen and can be read. */
export function useAnswer(toolUseId: string, shown = true): AnswerControl {
  const session = useSessionStore();
  const state = useSession((current) => current.answers.get(toolUseId));
  const shownAt = useRef(Number.POSITIVE_INFINITY);
  useEffect(() => {
    shownAt.current = shown ? performance.now() : Number.POSITIVE_INFINITY;
  }, [toolUseId, shown]);
  return {
    give(answer) {
      if (state === 'sending' || performance.now() - Math.max(shownAt.current, movedAt) < GUARD_MS) return;
      void session.answer(toolUseId, answer);
    },
    busy: state === 'sending' || !shown,
    problem: state === undefined || state === 'sending' ? null : state,
  };
}
