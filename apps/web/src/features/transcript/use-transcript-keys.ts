import { useEffect, type RefObject } from 'react';
import type { VirtualizerHandle } from 'virtua';

import { useServices } from '../../app/services.ts';
import { isTyping } from '../../app/use-shortcuts.ts';
import type { Row } from '../../session/build-rows.ts';

export interface TranscriptKeysDeps {
  scroller: RefObject<HTMLElement | null>;
  list: RefObject<VirtualizerHandle | null>;
  rows: readonly Row[];
  toBottom: () => void;
}

/** J and K between turns, O to expand, G to the latest: while the conversation has the focus, and if switched on. */
export function useTranscriptKeys({ scroller, list, rows, toBottom }: TranscriptKeysDeps): void {
  const { preferences } = useServices();
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;

    const focusRow = (index: number) => {
      const key = rows[index]?.key;
      if (key === undefined) return;
      list.current?.scrollToIndex(index, { align: 'start' });
      requestAnimationFrame(() => element.querySelector<HTMLElement>(`[data-row="${CSS.escape(key)}"]`)?.focus({ preventScroll: true }));
    };
    const currentIndex = () => {
      const key = document.activeElement?.closest<HTMLElement>('[data-row]')?.dataset['row'];
      const index = rows.findIndex((row) => row.key === key);
      return index === -1 ? (list.current?.findItemIndex(list.current.scrollOffset) ?? 0) : index;
    };
    const moveTurn = (step: 1 | -1) => {
      for (let index = currentIndex() + step; index >= 0 && index < rows.length; index += step) {
        if (rows[index]?.kind === 'user') return focusRow(index);
      }
      if (step === 1) toBottom();
      return undefined;
    };
    const expand = () => {
      const row = document.activeElement?.closest('[data-row]') ?? element.querySelector(`[data-row="${CSS.escape(rows[currentIndex()]?.key ?? '')}"]`);
      row?.querySelector<HTMLElement>('button[aria-expanded]')?.click();
    };

    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event)) return;
      if (!preferences.getState().singleKeys) return;
      const actions: Record<string, () => void> = { j: () => moveTurn(1), k: () => moveTurn(-1), o: expand, g: toBottom };
      const action = actions[event.key.toLowerCase()];
      if (action === undefined) return;
      event.preventDefault();
      action();
    };
    element.addEventListener('keydown', onKey);
    return () => element.removeEventListener('keydown', onKey);
  }, [scroller, list, rows, toBottom, preferences]);
}
