import type { Workspace } from '../workspaces/workspaces.ts';
import type { Session } from '../store/sessions.ts';
import { readLostHistory } from './lost-history.ts';
import type { ActivePlugin } from '../plugins/plugin-set.ts';
import { findProfile } from '../processes/profile.ts';
import type { TurnDeps } from './turn-deps.ts';
import type { ProcessPlan } from './session-process.ts';

/**
 * Plans the start of a process from the session's current row and folders.
 * @param changed `fallbackModel` in place of the session's own, where a budget asks for it; `ofWorkspace`: what its owner lets run of
 * its workspace
 */
export async function planProcess(
  { store, plugins, defaultModel }: Pick<TurnDeps, 'store' | 'plugins' | 'defaultModel'>,
  session: Session,
  workspace: Pick<Workspace, 'dirs' | 'isUnused'>,
  {
    fallbackModel,
    ofWorkspace = [],
  }: { fallbackModel?: string | undefined; ofWorkspace?: readonly ActivePlugin[] } = {},
): Promise<ProcessPlan> {
  const { agentSessionId, model, permissionMode } = session;
  const key = { sessionId: agentSessionId };
  const [resume, hasBranches, profile] = await Promise.all([
    store.transcripts.has(key),
    store.transcripts.hasAny(key),
    findProfile({ store, plugins }, session, ofWorkspace),
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
    // A spare has connected to its MCP servers as nobody, and has a transcript of its own.
    isNew: !hasBranches && session.vaultIds.length === 0 && (await workspace.isUnused()),
    model: fallbackModel ?? model ?? settings.model ?? defaultModel,
    planMode: permissionMode === 'plan',
  };
}
