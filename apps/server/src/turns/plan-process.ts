import type { Workspace } from '../workspaces/workspaces.ts';
import type { Session } from '../store/sessions.ts';
import { readLostHistory } from './lost-history.ts';
import { findProfile } from '../processes/profile.ts';
import type { TurnDeps } from './turn-deps.ts';
import type { ProcessPlan } from './session-process.ts';

/** Plans the start of a process from the session's current row and folders. */
export async function planProcess(
  { store, plugins, defaultModel }: Pick<TurnDeps, 'store' | 'plugins' | 'defaultModel'>,
  session: Session,
  workspace: Pick<Workspace, 'dirs' | 'isUnused'>,
): Promise<ProcessPlan> {
  const { agentSessionId, model, permissionMode } = session;
  const [resume, profile] = await Promise.all([
    store.transcripts.has({ sessionId: agentSessionId }),
    findProfile({ store, plugins }, session),
  ]);
  const { settings } = profile;
  const lostHistory = resume ? undefined : await readLostHistory(store, session.id);
  return {
    profile,
    settings,
    agentSessionId,
    dirs: workspace.dirs,
    resume,
    lostHistory,
    // A spare has connected to its MCP servers as nobody.
    isNew: !resume && session.vaultIds.length === 0 && (await workspace.isUnused()),
    model: model ?? settings.model ?? defaultModel,
    planMode: permissionMode === 'plan',
  };
}
