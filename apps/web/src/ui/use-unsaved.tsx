import { useState, type ReactNode } from 'react';

import { t } from '../messages/index.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { useLeaveQuestion } from './use-leave-question.ts';

export interface Unsaved {
  /** The question that is asked; null for none. */
  question: ReactNode;
  /** Goes on, with closing a dialogue for example, at once or after the person agreed. */
  guard: (goOn: () => void) => void;
}

/**
 * Asks before what was typed in is lost: where the page is left, where the browser's tab is closed, and where a dialogue
 * is closed by way of `guard`. Not while `isChanged` is false, which it is as long as something is being saved.
 */
export function useUnsaved(
  isChanged: boolean,
  words: { title: string; help: string; confirm: string } = t.unsaved,
): Unsaved {
  const leaving = useLeaveQuestion(isChanged);
  const [closing, setClosing] = useState<(() => void) | null>(null);
  const asked =
    leaving ??
    (closing && {
      stay: () => setClosing(null),
      leave() {
        setClosing(null);
        closing();
      },
    });
  return {
    guard: (goOn) => (isChanged ? setClosing(() => goOn) : goOn()),
    question: asked && <ConfirmDialog {...words} danger onClose={asked.stay} onConfirm={asked.leave} />,
  };
}
