import { createContext, useContext, type ComponentType } from 'react';

import type { Row } from '../../session/build-rows.ts';

/**
 * How a row of a conversation is rendered. A subagent's card contains rows, and rows contain cards. To avoid a circular
 * import, the transcript passes its row component to the cards through this context.
 */
export const RowContext = createContext<ComponentType<{ row: Row }> | null>(null);

/** Throws outside of a RowContext provider. */
export function useRowView(): ComponentType<{ row: Row }> {
  const view = useContext(RowContext);
  if (view === null) throw new Error('useRowView needs a RowContext above it');
  return view;
}
