import { z } from 'zod';

import type { Store } from '../store/port.ts';

type Settings = Pick<Store, 'settings'>;

const storedRules = z.array(z.string()).catch([]);

/** What people have allowed for a session as a whole. */
export async function readSessionRules({ settings }: Settings, sessionId: string): Promise<string[]> {
  return storedRules.parse(await settings.find(toKey(sessionId)));
}

export async function keepSessionRules(
  { settings }: Settings,
  sessionId: string,
  rules: Iterable<string>,
): Promise<void> {
  await settings.set(toKey(sessionId), [...rules]);
}

export async function deleteSessionRules({ settings }: Settings, sessionId: string): Promise<void> {
  await settings.delete(toKey(sessionId));
}

function toKey(sessionId: string): string {
  return `session-rules/${sessionId}`;
}
