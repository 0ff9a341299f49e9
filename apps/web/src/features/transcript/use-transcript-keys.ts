import { useEffect, type RefObject } from 'react';
import type { VirtualizerHandle } from 'virtua';

import { useServices } from '../../services/services.ts';
import { isTyping } from '../../ui/is-typing.ts';
import type { Row } from '../../session/build-rows.ts';

export interface TranscriptKeysDeps {
  scroller: RefObject<HTMLElement | null>;
  list: RefObject<VirtualizerHandle | null>;
  rows: readonly Row[];
  toBottom: () => void;
  letGo: () => void;
}

/**
 * J and K move between turns, O opens a row, G goes to the latest row: while the conversation has the focus, and if the
 * person turned the shortcuts on.
 */
export function useTranscriptKeys({ scroller, list, rows, toBottom, letGo }: TranscriptKeysDeps): void {
  const { preferences } = useServices();
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;

    const focusRow = (index: number) => {
      const key = rows[index]?.key;
      if (key === undefined) return;
      letGo();
      list.current?.scrollToIndex(index, { align: 'start' });
      requestAnimationFrame(() =>
        element.querySelector<HTMLElement>(`[data-row="${CSS.escape(key)}"]`)?.focus({ preventScroll: true }),
      );
    };
    const focusedIndex = () => {
      const key = document.activeElement?.closest<HTMLElement>('[data-row]')?.dataset['row'];
      return rows.findIndex((row) => row.key === key);
    };
    /** If no row has the focus, J begins at the top of the visible rows and K at their end. */
    const startIndex = (step: 1 | -1) => {
      const focused = focusedIndex();
      if (focused !== -1) return focused + step;
      const offset = list.current?.scrollOffset ?? 0;
      return list.current?.findItemIndex(step === 1 ? offset : offset + element.clientHeight) ?? 0;
    };
    const moveTurn = (step: 1 | -1) => {
      for (let index = startIndex(step); index >= 0 && index < rows.length; index += step) {
        if (opensTurn(rows[index])) return focusRow(index);
      }
      if (step === 1) toBottom();
      return undefined;
    };
    const expand = () => {
      // The tool calls of a turn are in the rows below its message.
      for (let index = Math.max(0, focusedIndex()); index < rows.length; index += 1) {
        const row = element.querySelector(`[data-row="${CSS.escape(rows[index]?.key ?? '')}"]`);
        const button = row?.querySelector<HTMLElement>('button[aria-expanded]:not([aria-haspopup])');
        if (button != null) return button.click();
        if (row === null || opensTurn(rows[index + 1])) return undefined;
      }
      return undefined;
    };

    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event)) return;
      if (!preferences.getState().singleKeys) return;
      const actions: Record<string, () => void> = {
        j: () => moveTurn(1),
        k: () => moveTurn(-1),
        o: expand,
        g: toBottom,
      };
      const action = actions[event.key.toLowerCase()];
      if (action === undefined) return;
      event.preventDefault();
      action();
    };
    element.addEventListener('keydown', onKey);
    return () => element.removeEventListener('keydown', onKey);
  }, [scroller, list, rows, toBottom, letGo, preferences]);
}

/** A person's message, or what ended in the background. */
function opensTurn(row: Row | undefined): boolean {
  return row?.kind === 'user' || row?.kind === 'report';
}
