import { CspError, type FolderLeaseResource } from '@claude-sdk-pattern/protocol';
import type { SessionResourceItem, SessionResourceParams } from '@claude-sdk-pattern/protocol/v1';

import { may } from '../../access/may.ts';
import { toFactActor, type Fact } from '../../audit/fact.ts';
import type { Actor } from '../../identity/actor.ts';
import { readCredential } from '../../workspaces/repositories/credential.ts';
import { parseRemote } from '../../workspaces/repositories/remote.ts';
import type { LiveSession } from '../live/live-session.ts';
import type { SessionAccess } from '../session-access.ts';
import type { SessionDeps } from '../session-deps.ts';
import { toNewResources } from './new-resources.ts';
import { describeHeld, isDirect, takeFolder } from './take-folder.ts';

export interface SessionResourcesDeps extends Pick<
  SessionDeps,
  'store' | 'files' | 'clock' | 'audit' | 'mounting' | 'findUsers'
> {
  access: Pick<SessionAccess, 'get'>;
  /** @throws CspError where this server does not serve the session */
  getLive(sessionId: string): Promise<LiveSession>;
}

/** What is mounted into the workspaces of sessions. Every method throws `not_found` for what is not there. */
export interface SessionResources {
  list(actor: Actor, sessionId: string): Promise<readonly SessionResourceItem[]>;
  get(actor: Actor, sessionId: string, resourceId: string): Promise<SessionResourceItem>;
  /** Mounts it at once where the session has a process, and with its next one otherwise. @throws CspError as `toNewResources` */
  add(actor: Actor, sessionId: string, params: SessionResourceParams): Promise<SessionResourceItem>;
  /** Gives a repository of GitHub another token; where it could not be mounted, that is tried again. */
  update(actor: Actor, sessionId: string, change: { resourceId: string; token: string }): Promise<SessionResourceItem>;
  /**
   * Ends the access to it and forgets its token. What is in the workspace stays: the agent may have worked on it.
   * @throws CspError `state_conflict` for a folder in which the agent works now
   */
  delete(actor: Actor, sessionId: string, resourceId: string): Promise<void>;
  /** Which sessions have folders for themselves: those of the actor, for administrators all. */
  listHeld(actor: Actor): Promise<FolderLeaseResource[]>;
  /** Takes such a folder from its session, for its owner or an administrator. @throws CspError as `delete` */
  release(actor: Actor, resourceId: string): Promise<void>;
}

export function createSessionResources(deps: SessionResourcesDeps): SessionResources {
  const { access, getLive, audit, mounting, clock } = deps;

  const toFact = (actor: Actor, sessionId: string, details: Record<string, string>): Fact => ({
    ...{ actor: toFactActor(actor), action: 'session.update', target: { type: 'session', id: sessionId } },
    details,
  });
  const getItem = (resources: readonly SessionResourceItem[], sessionId: string, id: string): SessionResourceItem => {
    const found = resources.find((each) => each.id === id);
    if (found === undefined) throw new CspError('not_found', `Session ${sessionId} has no resource ${id}`);
    return found;
  };
  const find = async (actor: Actor, sessionId: string, id: string) =>
    getItem((await access.get(actor, 'session.read', sessionId)).session.resources, sessionId, id);

  return {
    list: async (actor, sessionId) => (await access.get(actor, 'session.read', sessionId)).session.resources,
    get: find,

    async add(actor, sessionId, params) {
      const seen = await access.get(actor, 'session.change_resources', sessionId);
      assertOwner(seen.level, params);
      const live = await getLive(sessionId);
      let added: SessionResourceItem | undefined;
      const made = await toNewResources({ ...mounting, files: deps.files, now: () => clock.now() }, actor, {
        ...{ params: [params], there: live.session.resources },
      });
      const changing = live.changeResources(
        (resources) => [...resources, ...made.map(({ item }) => item)],
        async (transaction) => {
          for (const { item, token } of made)
            if (token !== undefined) await mounting.credentials.put(transaction.secrets, sessionId, item.id, token);
          for (const { item } of made)
            if (isDirect(item)) await takeFolder(transaction, item, { sessionId, nowMs: clock.now() });
          [added] = made.map(({ item }) => item);
          await audit.record(toFact(actor, sessionId, { resource_added: added?.id ?? '' }), transaction);
        },
      );
      await changing.catch(async (error: unknown) => {
        throw await describeHeld(deps, error, actor.userId);
      });
      live.mountSoon();
      return getItem(live.session.resources, sessionId, added?.id ?? '');
    },

    async update(actor, sessionId, { resourceId, token }) {
      const { level } = await access.get(actor, 'session.change_resources', sessionId);
      const live = await getLive(sessionId);
      const item = getItem(live.session.resources, sessionId, resourceId);
      if (item.type !== 'github_repository')
        throw new CspError(
          'invalid_request',
          `Only a github_repository has an authorization_token. Change the secret of ${resourceId} itself`,
        );
      assertOwner(level, { type: item.type, authorization_token: token });
      readCredential(token, parseRemote(item.url).protocol);
      const updated_at = new Date(clock.now()).toISOString();
      const toNext = (each: SessionResourceItem): SessionResourceItem =>
        each.id !== resourceId
          ? each
          : { ...each, updated_at, ...(each.state === 'failed' && { state: 'pending', problem: null }) };
      await live.changeResources(
        (resources) => resources.map(toNext),
        async (transaction) => {
          await mounting.credentials.put(transaction.secrets, sessionId, resourceId, token);
          await audit.record(toFact(actor, sessionId, { resource_token: resourceId }), transaction);
        },
      );
      live.mountSoon();
      return getItem(live.session.resources, sessionId, resourceId);
    },

    async delete(actor, sessionId, resourceId) {
      await access.get(actor, 'session.change_resources', sessionId);
      await remove(actor, sessionId, resourceId);
    },

    async listHeld(actor) {
      const seesAll = may(actor, 'folder_lease.release', 'none');
      const leases = await deps.store.folderLeases.list();
      const found = await Promise.all(
        leases.map(async (lease) => ({ lease, session: await deps.store.sessions.find(lease.sessionId) })),
      );
      const shown = found.flatMap(({ lease, session }) =>
        session !== undefined && (seesAll || session.ownerId === actor.userId) ? [{ lease, session }] : [],
      );
      const people = await deps.findUsers([...new Set(shown.map(({ session }) => session.ownerId))]);
      return shown.map(({ lease, session }) => ({
        ...{ type: 'folder_lease', id: lease.resourceId, path: lease.path, session_id: lease.sessionId },
        session_title: session.ownerId === actor.userId ? session.title : null,
        owner: { id: session.ownerId, name: people.get(session.ownerId)?.name ?? null },
        taken_at: lease.takenAt,
      }));
    },

    async release(actor, resourceId) {
      const lease = (await deps.store.folderLeases.list()).find((each) => each.resourceId === resourceId);
      const session = lease && (await deps.store.sessions.find(lease.sessionId));
      const relation = session?.ownerId === actor.userId ? 'own' : 'none';
      if (lease === undefined || !may(actor, 'folder_lease.release', relation))
        throw new CspError('not_found', `No session has a folder under ${resourceId}`);
      await audit.record({
        ...{ actor: toFactActor(actor), action: 'folder.release', target: { type: 'folder', id: lease.path } },
        details: { session_id: lease.sessionId, resource_id: resourceId, owner_id: session?.ownerId ?? null },
      });
      if (session?.resources.some(({ id }) => id === resourceId)) await remove(actor, session.id, resourceId);
      // Of a session that is gone.
      await deps.store.folderLeases.release(resourceId);
    },
  };

  async function remove(actor: Actor, sessionId: string, resourceId: string): Promise<void> {
    const live = await getLive(sessionId);
    const item = getItem(live.session.resources, sessionId, resourceId);
    if (isDirect(item) && live.idleSinceMs === undefined)
      throw new CspError(
        'state_conflict',
        `Session ${sessionId} is working in ${item.path}. Stop it, or wait until it is done, then try again`,
      );
    await live.changeResources(
      (resources) => resources.filter(({ id }) => id !== resourceId),
      async (transaction) => {
        await mounting.credentials.delete(transaction.secrets, sessionId, resourceId);
        await audit.record(toFact(actor, sessionId, { resource_removed: resourceId }), transaction);
      },
    );
    if (isDirect(item)) await live.giveBackFolder(item);
  }
}

/**
 * A repository is fetched with what its session's owner has: nobody else decides for what. @throws CspError `permission_denied`
 */
function assertOwner(
  level: string | null,
  params: { type: string; authorization_token?: string | undefined; secret?: string | null | undefined },
): void {
  if (level !== null && params.type === 'local_folder')
    throw new CspError('permission_denied', 'Only the owner of a session gives it folders of the server');
  if (level === null || params.type === 'file' || (params.authorization_token === undefined && params.secret == null))
    return;
  throw new CspError('permission_denied', 'Only the owner of a session gives it credentials for repositories');
}
