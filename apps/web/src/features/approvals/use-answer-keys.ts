import { useEffect, type RefObject } from 'react';

import type { Answer } from '../../session/session-sending.ts';
import { isTyping } from '../../ui/is-typing.ts';

interface AnswerKeysOptions {
  card: RefObject<HTMLElement | null>;
  enabled: boolean;
  /** False until the end of the review was on screen. Nothing can be allowed before that. */
  mayAllow: boolean;
  give: (answer: Answer) => void;
}

/** A allows once and D denies while the focus is in the dock that holds the card. */
export function useAnswerKeys({ card, enabled, mayAllow, give }: AnswerKeysOptions): void {
  useEffect(() => {
    const dock = card.current?.closest('[data-approval]');
    if (dock == null || !enabled) return undefined;
    const onKey = (event: Event) => {
      if (
        !(event instanceof KeyboardEvent) ||
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        event.repeat ||
        isTyping(event)
      )
        return;
      const key = event.key.toLowerCase();
      if (key === 'a') {
        if (mayAllow) give({ result: 'allow', scope: 'once' });
      } else if (key === 'd') give({ result: 'deny' });
      else return;
      event.preventDefault();
    };
    dock.addEventListener('keydown', onKey);
    return () => dock.removeEventListener('keydown', onKey);
  }, [card, enabled, mayAllow, give]);
}
