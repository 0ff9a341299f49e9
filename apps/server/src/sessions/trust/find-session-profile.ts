import type { ActivePlugin } from '../../plugins/plugin-set.ts';
import { findProfile, type Profile } from '../../processes/profile.ts';
import type { Session } from '../../store/sessions.ts';
import type { SessionDeps } from '../session-deps.ts';

/** The profile of the next process of a session, with what its owner lets run of its workspace as it is now. */
export async function findSessionProfile(
  {
    store,
    plugins,
    trustedPlugins,
    workspaces,
  }: Pick<SessionDeps, 'store' | 'plugins' | 'trustedPlugins' | 'workspaces'>,
  session: Session,
): Promise<Profile & { ofWorkspace: readonly ActivePlugin[] }> {
  const { dirs } = workspaces.of(session.agentSessionId);
  const { plugins: ofWorkspace } = await trustedPlugins.find(session, dirs.workspace);
  return { ...(await findProfile({ store, plugins }, session, ofWorkspace)), ofWorkspace };
}
