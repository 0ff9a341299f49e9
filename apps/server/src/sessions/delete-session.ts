import { deleteSessionDirs } from '../agent-process/session-dirs.ts';
import type { Session } from '../store/sessions.ts';
import type { SessionDeps } from './session-deps.ts';
import { deleteSessionRules } from './session-rules.ts';

/** Deletes a session that nobody serves any more, with its journal, transcript and workspace. */
export async function deleteSession(
  { store, dataDir }: Pick<SessionDeps, 'store' | 'dataDir'>,
  session: Pick<Session, 'id' | 'agentSessionId'>,
): Promise<void> {
  await store.sessions.delete(session.id);
  await deleteSessionRules(store, session.id);
  await deleteSessionDirs(dataDir, session);
}
