import { useCallback } from 'react';
import { navigate } from 'wouter/use-browser-location';
import { useSearch } from 'wouter';

import { toHref } from '../api/base-path.ts';

/** What the panel shows; stored in the page's address. */
export type PanelView =
  /** With `path`, scrolled to the changes of that file. */
  | { tab: 'changes'; path?: string }
  /** Without `path`, the list of files. `line` counts from 1. */
  | { tab: 'file'; path?: string; line?: number }
  /** Without `call`, the list of commands. `call` is the id of a tool call. */
  | { tab: 'output'; call?: string }
  /** The MCP servers of the session. */
  | { tab: 'servers' }
  /** What runs beside the conversation. */
  | { tab: 'background' }
  /** `terminal` is its id; without one, the newest. */
  | { tab: 'terminal'; terminal?: string };

/** Reads the panel's content from an address's query; null if the panel is closed. Pure. */
export function parsePanelView(search: string): PanelView | null {
  const query = new URLSearchParams(search);
  const path = query.get('path') ?? '';
  const call = query.get('call') ?? '';
  const line = Number(query.get('line'));
  switch (query.get('panel')) {
    case 'changes':
      return { tab: 'changes', ...(path !== '' && { path }) };
    case 'file':
      return {
        tab: 'file',
        ...(path !== '' && { path }),
        ...(path !== '' && Number.isSafeInteger(line) && line > 0 && { line }),
      };
    case 'output':
      return { tab: 'output', ...(call !== '' && { call }) };
    case 'terminal': {
      const terminal = query.get('terminal') ?? '';
      return { tab: 'terminal', ...(terminal !== '' && { terminal }) };
    }
    case 'background':
      return { tab: 'background' };
    case 'servers':
      return { tab: 'servers' };
    default:
      return null;
  }
}

/** The address of a session with its panel open. Pure. */
export function toPanelHref(sessionId: string, { tab, ...view }: PanelView): string {
  const query = new URLSearchParams({ panel: tab });
  for (const [key, value] of Object.entries(view)) query.set(key, String(value));
  return toHref(`/sessions/${sessionId}?${query.toString().replaceAll('%2F', '/')}`);
}

/** Marks the history entry that opening the panel created, so that closing the panel can go back over it. */
const OPENED = 'panel';

export interface PanelRoute {
  view: PanelView | null;
  open: (view: PanelView) => void;
  close: () => void;
}

/**
 * The panel as given by the address. The browser's Back button closes it; choosing other content inside it adds no
 * history entries.
 */
export function usePanelRoute(sessionId: string): PanelRoute {
  const search = useSearch();
  const open = useCallback((view: PanelView) => openPanel(sessionId, view), [sessionId]);
  const close = useCallback(() => {
    if (isOpenedHere()) history.back();
    else navigate(toHref(`/sessions/${sessionId}`), { replace: true });
  }, [sessionId]);
  return { view: parsePanelView(search), open, close };
}

/** Opens the panel, or changes what it shows. */
export function openPanel(sessionId: string, view: PanelView): void {
  const replace = parsePanelView(location.search) !== null;
  const state = !replace || isOpenedHere() ? { [OPENED]: true } : null;
  navigate(toPanelHref(sessionId, view), { replace, state });
}

function isOpenedHere(): boolean {
  const state: unknown = history.state;
  return typeof state === 'object' && state !== null && OPENED in state;
}
