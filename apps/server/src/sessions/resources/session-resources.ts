import { CspError } from '@claude-sdk-pattern/protocol';
import type { SessionResourceItem, SessionResourceParams } from '@claude-sdk-pattern/protocol/v1';

import { toFactActor, type Fact } from '../../audit/fact.ts';
import type { Actor } from '../../identity/actor.ts';
import { readCredential } from '../../workspaces/repositories/credential.ts';
import { parseRemote } from '../../workspaces/repositories/remote.ts';
import type { LiveSession } from '../live/live-session.ts';
import type { SessionAccess } from '../session-access.ts';
import type { SessionDeps } from '../session-deps.ts';
import { toNewResources } from './new-resources.ts';

export interface SessionResourcesDeps extends Pick<SessionDeps, 'files' | 'clock' | 'audit' | 'mounting'> {
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
  /** Ends the access to it and forgets its token. What is in the workspace stays: the agent may have worked on it. */
  delete(actor: Actor, sessionId: string, resourceId: string): Promise<void>;
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
      const made = await toNewResources({ files: deps.files, now: () => clock.now() }, actor, {
        ...{ params: [params], there: live.session.resources },
      });
      await live.changeResources(
        (resources) => [...resources, ...made.map(({ item }) => item)],
        async (transaction) => {
          for (const { item, token } of made)
            if (token !== undefined) await mounting.credentials.put(transaction.secrets, sessionId, item.id, token);
          [added] = made.map(({ item }) => item);
          await audit.record(toFact(actor, sessionId, { resource_added: added?.id ?? '' }), transaction);
        },
      );
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
      const live = await getLive(sessionId);
      getItem(live.session.resources, sessionId, resourceId);
      await live.changeResources(
        (resources) => resources.filter(({ id }) => id !== resourceId),
        async (transaction) => {
          await mounting.credentials.delete(transaction.secrets, sessionId, resourceId);
          await audit.record(toFact(actor, sessionId, { resource_removed: resourceId }), transaction);
        },
      );
    },
  };
}

/**
 * A repository is fetched with what its session's owner has: nobody else decides for what. @throws CspError `permission_denied`
 */
function assertOwner(
  level: string | null,
  params: { type: string; authorization_token?: string | undefined; secret?: string | null | undefined },
): void {
  if (level === null || params.type === 'file' || (params.authorization_token === undefined && params.secret == null))
    return;
  throw new CspError('permission_denied', 'Only the owner of a session gives it credentials for repositories');
}
