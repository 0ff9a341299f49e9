import type { McpServerSpec } from '../../definitions/mcp-server-spec.ts';

/** How a conversation with a server begins: `discover` since revision 2026-07-28, `initialize` before. */
export type Handshake = 'initialize' | 'discover';

/** What is known of one server. */
export interface ServerRevision {
  /** What to begin with, and what to try where the server does not speak that. */
  readonly order: readonly [Handshake, Handshake?];
  /** It has answered this. */
  note(spoken: Handshake): void;
}

/** Which servers speak what, so that a process need not find out what another one has found. */
export interface McpRevisions {
  of(server: McpServerSpec): ServerRevision;
}

const MAX_SERVERS = 1000;
/** Then it is asked again whether it speaks the new revision by now. */
const MAX_AGE_MS = 60 * 60 * 1000;

/** For a server of which nothing is known. */
export const UNKNOWN_REVISION: ServerRevision = { order: ['initialize', 'discover'], note: () => undefined };
const INITIALIZES_ONLY: ServerRevision = { order: ['initialize'], note: () => undefined };

/**
 * Remote servers are asked for the new revision first: it costs one request, and one that serves both often offers more
 * there, such as questions. Programs are asked last, although the revision says first: many of an older revision end, or
 * never answer, when something else comes before `initialize`, and one that serves both offers the same either way.
 */
export function createMcpRevisions(nowMs: () => number): McpRevisions {
  const known = new Map<string, { spoken: Handshake; sinceMs: number }>();

  const find = (key: string): Handshake | undefined => {
    const found = known.get(key);
    return found === undefined || nowMs() - found.sinceMs > MAX_AGE_MS ? undefined : found.spoken;
  };

  return {
    of(server) {
      const key = toKey(server);
      if (key === undefined) return INITIALIZES_ONLY;
      const usual = server.transport === 'http' ? 'discover' : 'initialize';
      return {
        get order(): ServerRevision['order'] {
          const first = find(key) ?? usual;
          return [first, first === 'discover' ? 'initialize' : 'discover'];
        },
        note(spoken) {
          if (find(key) === spoken) return;
          known.delete(key);
          known.set(key, { spoken, sinceMs: nowMs() });
          const [oldest] = known.keys();
          if (known.size > MAX_SERVERS && oldest !== undefined) known.delete(oldest);
        },
      };
    },
  };
}

/** Undefined for what speaks no new revision: HTTP with SSE, and tools of plugins in this process. */
function toKey(server: McpServerSpec): string | undefined {
  if (server.transport === 'http') return server.url;
  return server.transport === 'stdio' ? JSON.stringify([server.command, server.args]) : undefined;
}
