import { useEffect, useState } from 'react';

import { useSession, useSessionStore } from '../../session/session-context.ts';
import type { Answer } from '../../session/session-sending.ts';
import type { Problem } from '../../session/problem.ts';

/** A press this soon after a card became readable was meant for something else, and is ignored. */
const GUARD_MS = 300;
const onMoved = new Set<() => void>();

/** The focus has just moved to this card; a press within this time was meant for the previous card. */
export function guardStrayPresses(): void {
  for (const restart of onMoved) restart();
}

export interface AnswerControl {
  /** Does nothing while `busy`. */
  give: (answer: Answer) => void;
  /** An answer is being sent, or the card cannot have been read yet. Buttons have to look so. */
  busy: boolean;
  problem: Problem | null;
}

/** Answers a tool call that waits for approval. `shown` says whether the review is on screen and can be read. */
export function useAnswer(toolUseId: string, shown = true): AnswerControl {
  const session = useSessionStore();
  const state = useSession((current) => current.answers.get(toolUseId));
  const isReady = useIsReady(toolUseId, shown);
  return {
    give(answer) {
      if (state === 'sending' || !isReady) return;
      void session.answer(toolUseId, answer);
    },
    busy: state === 'sending' || !isReady,
    problem: state === undefined || state === 'sending' ? null : state,
  };
}

/** False until the card was readable for `GUARD_MS`, and again when the focus has moved to it. */
function useIsReady(toolUseId: string, shown: boolean): boolean {
  const [isReady, setReady] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const restart = () => {
      clearTimeout(timer);
      setReady(false);
      if (!shown) return;
      timer = setTimeout(() => setReady(true), GUARD_MS);
    };
    restart();
    onMoved.add(restart);
    return () => {
      clearTimeout(timer);
      onMoved.delete(restart);
    };
  }, [toolUseId, shown]);
  return isReady;
}
