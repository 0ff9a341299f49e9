import type { ActivePlugin } from '../../plugins/plugin-set.ts';
import type { WorkspacePlugins } from '../../plugins/workspace/workspace-plugin.ts';
import { isWorkspacePlugin } from '../../plugins/workspace/workspace-plugin.ts';
import type { ProcessPlugin } from '../../agent-process/options/profile-settings.ts';
import type { Role } from '../../identity/actor.ts';
import type { Store } from '../../store/port.ts';
import type { Session } from '../../store/sessions.ts';
import { readBrought } from '../../workspaces/brought/read-brought.ts';
import { listTrustPlaces, toReadPlace } from './trust-places.ts';
import { findUnconfinedRefusal } from './unconfined-refusal.ts';

type Owned = Pick<Session, 'id' | 'ownerId' | 'resources'>;

/** What the owner of a session let run of its workspace, and is still as they saw it. */
export interface TrustedPlugins {
  /** Whether the owner trusts one of the places of the session at all, as it is now or as it was. */
  isAnyTrusted(session: Owned): Promise<boolean>;
  /**
   * @returns `plugins` whose content is the trusted one, `changed`: the addresses, or `the workspace`, of what is trusted and has
   * other content now
   */
  find(session: Owned, workspace: string): Promise<{ plugins: ActivePlugin[]; changed: string[] }>;
  /** Whether a process that started with these would start with others now. Quick where there are none of a workspace. */
  haveChanged(started: readonly ProcessPlugin[], session: Owned, workspace: string): Promise<boolean>;
}

export function createTrustedPlugins({
  store,
  workspacePlugins,
  confines,
  findRole,
}: {
  store: Pick<Store, 'workspaceTrusts'>;
  workspacePlugins: Pick<WorkspacePlugins, 'make'>;
  /** Whether the host confines agents. */
  confines: boolean;
  findRole(userId: string): Promise<Role>;
}): TrustedPlugins {
  const listTrusted = async (session: Owned) => {
    const stored = await store.workspaceTrusts.list(session.ownerId);
    // Who trusted it may have lost the role since, or the server its sandbox.
    const mayRun =
      stored.length > 0 && (confines || findUnconfinedRefusal({ role: await findRole(session.ownerId) }) === undefined);
    const trusts = new Map(mayRun ? stored.map(({ identity, digest }) => [identity, digest]) : []);
    return listTrustPlaces(session).flatMap((place, index) => {
      const digest = trusts.get(place.identity);
      return digest === undefined ? [] : [{ ...place, ordinal: index + 1, digest }];
    });
  };
  const trusted: TrustedPlugins = {
    isAnyTrusted: async (session) => (await listTrusted(session)).length > 0,

    async find(session, workspace) {
      const found: Awaited<ReturnType<TrustedPlugins['find']>> = { plugins: [], changed: [] };
      for (const place of await listTrusted(session)) {
        const { folder, ordinal, digest, repositoryUrl } = place;
        const brought = await readBrought(...toReadPlace(place, workspace));
        if (brought?.digest == null) continue;
        if (brought.digest === digest && brought.problem === null)
          found.plugins.push(await workspacePlugins.make(brought, { ordinal, folder }));
        else found.changed.push(repositoryUrl ?? (folder === '' ? 'the workspace' : `the folder ${folder}`));
      }
      return found;
    },

    async haveChanged(started, session, workspace) {
      const before = started.filter(({ name }) => isWorkspacePlugin(name)).map(({ digest }) => digest);
      if (before.length === 0) return false;
      const { plugins } = await trusted.find(session, workspace);
      return plugins.map(({ digest }) => digest).join() !== before.join();
    },
  };
  return trusted;
}
