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
 * its workspace; `ownFolders`: folders of the machine in which it works itself, absolute
 * @throws CspError `storage_unavailable` without the disk of its folders
 */
export async function planProcess(
  { store, plugins, defaultModel }: Pick<TurnDeps, 'store' | 'plugins' | 'defaultModel'>,
  session: Session,
  workspace: Pick<Workspace, 'dirs' | 'isUnused' | 'assertThere'>,
  {
    fallbackModel,
    ofWorkspace = [],
    ownFolders = [],
  }: {
    fallbackModel?: string | undefined;
    ofWorkspace?: readonly ActivePlugin[];
    ownFolders?: readonly string[];
  } = {},
): Promise<ProcessPlan> {
  // Else its folders would be made where the disk is not.
  await workspace.assertThere();
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
    ownFolders,
    // A spare has connected to its MCP servers as nobody, has a transcript of its own, and can write its own folders alone.
    isNew: !hasBranches && session.vaultIds.length === 0 && ownFolders.length === 0 && (await workspace.isUnused()),
    model: fallbackModel ?? model ?? settings.model ?? defaultModel,
    planMode: permissionMode === 'plan',
  };
}
