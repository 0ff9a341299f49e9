import type { SessionRule } from '@claude-sdk-pattern/protocol';
import { z } from 'zod';

import type { Store } from '../store/port.ts';

type Settings = Pick<Store, 'settings'>;

const storedRule = z.object({
  id: z.string(),
  rule: z.string(),
  tool_name: z.string(),
  kind: z.enum(['command', 'edits', 'domain', 'tool']),
  pattern: z.string().nullable(),
  mcp_server_name: z.string().nullable(),
  created_at: z.string(),
  granted_by: z.object({ id: z.string(), name: z.string() }),
});
/** Unreadable rules, such as the plain texts of older servers, are dropped: people are asked again. */
const storedRules = z.array(storedRule).catch([]);

/** Rules that people have set for a whole session, oldest first. */
export async function readSessionRules({ settings }: Settings, sessionId: string): Promise<SessionRule[]> {
  return storedRules.parse(await settings.find(toKey(sessionId)));
}

export async function keepSessionRules(
  { settings }: Settings,
  sessionId: string,
  rules: Iterable<SessionRule>,
): Promise<void> {
  await settings.set(toKey(sessionId), [...rules]);
}

export async function deleteSessionRules({ settings }: Settings, sessionId: string): Promise<void> {
  await settings.delete(toKey(sessionId));
}

/**
 * Removes the rules of deleted sessions. A server may have been killed after it deleted a session, before its rules.
 */
export async function deleteRulesOfDeleted({
  settings,
  sessions,
}: Pick<Store, 'settings' | 'sessions'>): Promise<void> {
  for (const { key } of await settings.list(PREFIX)) {
    if ((await sessions.find(key.slice(PREFIX.length))) === undefined) await settings.delete(key);
  }
}

const PREFIX = 'session-rules/';

function toKey(sessionId: string): string {
  return `${PREFIX}${sessionId}`;
}
