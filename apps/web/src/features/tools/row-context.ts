import { createContext, useContext, type ComponentType } from 'react';

import type { Row } from '../../session/build-rows.ts';

/**
 * How a row of a conversation is drawn. The card of a subagent shows the rows of its thread, and rows hold cards: the
 * transcript, which draws both, hands the rows down to the cards.
 */
export const RowContext = createContext<ComponentType<{ row: Row }> | null>(null);

/** Throws outside of RowContext. */
export function useRowView(): ComponentType<{ row: Row }> {
  const view = useContext(RowContext);
  if (view === null) throw new Error('useRowView needs a RowContext above it');
  return view;
}
