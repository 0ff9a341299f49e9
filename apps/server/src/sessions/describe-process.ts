import { isUnused, type SessionDirs } from '../workspaces/session-dirs.ts';
import type { Session } from '../store/sessions.ts';
import { readLostHistory } from './lost-history.ts';
import { findProcessKind } from '../processes/process-kind.ts';
import type { SessionDeps } from './session-deps.ts';
import type { ProcessDescription } from './session-process.ts';

/** What a process of the session is started with, as its row and its folders are now. */
export async function describeProcess(
  { store, defaultModel }: Pick<SessionDeps, 'store' | 'defaultModel'>,
  session: Session,
  dirs: SessionDirs,
): Promise<ProcessDescription> {
  const { agentSessionId, model, permissionMode } = session;
  const [resume, kind] = await Promise.all([
    store.transcripts.has({ sessionId: agentSessionId }),
    findProcessKind(store, session),
  ]);
  const { definition } = kind;
  const lostHistory = resume ? undefined : await readLostHistory(store, session.id);
  return {
    kind,
    definition,
    agentSessionId,
    dirs,
    resume,
    lostHistory,
    isNew: !resume && (await isUnused(dirs)),
    model: model ?? definition.model ?? defaultModel,
    planMode: permissionMode === 'plan',
  };
}
