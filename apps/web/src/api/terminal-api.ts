import type { TerminalList, TerminalResource } from '@claude-sdk-pattern/protocol';

import { toHref } from './base-path.ts';
import type { Requests } from './requests.ts';

export interface TerminalApi {
  list: (sessionId: string) => Promise<TerminalList>;
  open: (sessionId: string, size: { columns: number; rows: number }) => Promise<TerminalResource>;
  end: (sessionId: string, id: string) => Promise<void>;
  /** The address of its WebSocket, which begins at the byte of this number. */
  toSocketUrl: (sessionId: string, id: string, after: number) => string;
}

export function createTerminalApi({ json, nothing }: Pick<Requests, 'json' | 'nothing'>): TerminalApi {
  const toPath = (id: string) => `/api/v1/sessions/${encodeURIComponent(id)}/terminals`;
  return {
    list: (sessionId) => json('GET', toPath(sessionId)),
    open: (sessionId, size) => json('POST', toPath(sessionId), size),
    end: (sessionId, id) => nothing('DELETE', `${toPath(sessionId)}/${encodeURIComponent(id)}`),
    toSocketUrl(sessionId, id, after) {
      const path = `/ws/v1/sessions/${encodeURIComponent(sessionId)}/terminals/${encodeURIComponent(id)}?after=${after}`;
      const url = new URL(toHref(path), location.href);
      url.protocol = url.protocol.replace('http', 'ws');
      return url.href;
    },
  };
}
