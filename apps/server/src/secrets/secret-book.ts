import { CspError } from '@claude-sdk-pattern/protocol';

import { getPermitted } from '../access/get-permitted.ts';
import { may } from '../access/may.ts';
import { findRelation } from '../access/relation.ts';
import { toRefusal } from '../access/to-refusal.ts';
import type { AuditRecorder } from '../audit/audit-log.ts';
import { toFactActor, type FactTarget } from '../audit/fact.ts';
import type { Actor } from '../identity/actor.ts';
import type { Store } from '../store/port.ts';
import type { SecretInfo, SecretOwner, SecretPlace } from '../store/secrets.ts';
import { seal } from './envelope.ts';
import type { Keyring } from './keyring.ts';
import { assertSecretValue, MAX_SECRETS_OF_OWNER } from './secret-name.ts';

/** Whose secret, as clients say it: the platform's, their own, or that of an agent which they may change. */
export type SecretTarget = { scope: 'platform' | 'user' } | { scope: 'agent'; agentId: string };

/** A secret in a list; `agentName` of one that an agent has. */
export interface ListedSecret extends SecretInfo {
  agentName: string | null;
}

/** What people do with secrets. Nobody can read a value back. */
export interface SecretBook {
  /** @throws CspError `permission_denied`, `not_found` for an agent, `invalid_request`, `too_large`, `quota_exceeded` */
  put(actor: Actor, target: SecretTarget, secret: { name: string; value: string }): Promise<void>;
  /** Without a target the actor's own, and those of the platform where they may change them. */
  list(actor: Actor, target?: SecretTarget): Promise<ListedSecret[]>;
  /** Those of every agent that the actor may change, at most 1000 of those that the actor sees. */
  listOfAgents(actor: Actor): Promise<ListedSecret[]>;
  /** @throws CspError `permission_denied`, `not_found` */
  remove(actor: Actor, target: SecretTarget, name: string): Promise<void>;
  /** All that an account has, when it is removed. */
  removeAll(userId: string): Promise<void>;
}

export interface SecretBookDeps {
  store: Pick<Store, 'secrets' | 'agents' | 'transaction'>;
  audit: AuditRecorder;
  keyring: Keyring;
}

/** More are read agent by agent. */
const MAX_LISTED = 1000;

export const PLATFORM = { scope: 'platform', ownerId: '' } as const satisfies SecretOwner;

export function createSecretBook({ store, audit, keyring }: SecretBookDeps): SecretBook {
  /** Whose secrets those are. @throws CspError where the actor may not change them. */
  async function findOwner(
    actor: Actor,
    target: SecretTarget,
    action: 'read' | 'change',
  ): Promise<SecretOwner & { agentName: string | null }> {
    switch (target.scope) {
      case 'platform':
        if (!may(actor, `platform_secret.${action}`, 'none')) throw toRefusal(actor, `platform_secret.${action}`);
        return { ...PLATFORM, agentName: null };
      case 'user':
        return { scope: 'user', ownerId: actor.userId, agentName: null };
      case 'agent': {
        const found = await store.agents.find(target.agentId);
        const refusal = `Only who may change ${target.agentId} may see and set its secrets`;
        const agent = getPermitted(actor, 'agent.update', { found, name: target.agentId, refusal });
        return { scope: 'agent', ownerId: agent.id, agentName: agent.name };
      }
    }
  }

  return {
    async put(actor, target, { name, value }) {
      const { scope, ownerId } = await findOwner(actor, target, 'change');
      const owner = { scope, ownerId };
      assertSecretValue(value);
      const place = { ...owner, name };
      const sealed = seal(keyring, place, value);
      await store.transaction(async (transaction) => {
        await transaction.secrets.put(place, sealed, actor.userId);
        if ((await transaction.secrets.count(owner)) > MAX_SECRETS_OF_OWNER) {
          const message = `There are ${MAX_SECRETS_OF_OWNER} secrets already. Remove one that nothing needs`;
          throw new CspError('quota_exceeded', message);
        }
        await audit.record({ actor: toFactActor(actor), action: 'secret.put', ...toSecretFact(place) }, transaction);
      });
    },

    async list(actor, target) {
      const targets: SecretTarget[] = target === undefined ? [{ scope: 'user' }] : [target];
      if (target === undefined && may(actor, 'platform_secret.read', 'none')) targets.unshift({ scope: 'platform' });
      const owners = await Promise.all(targets.map((each) => findOwner(actor, each, 'read')));
      const lists = owners.map(async ({ agentName, ...owner }) =>
        (await store.secrets.list(owner)).map((info) => ({ ...info, agentName })),
      );
      return (await Promise.all(lists)).flat();
    },

    async listOfAgents(actor) {
      const seen = await store.secrets.listOfAgents({ visibleTo: actor.userId, limit: MAX_LISTED });
      return seen
        .filter(({ agent }) => may(actor, 'agent.update', findRelation(actor, agent)))
        .map(({ agent, ...info }) => ({ ...info, agentName: agent.name }));
    },

    async remove(actor, target, name) {
      const { scope, ownerId } = await findOwner(actor, target, 'change');
      const place = { scope, ownerId, name };
      await store.transaction(async (transaction) => {
        if (!(await transaction.secrets.delete(place))) throw new CspError('not_found', `There is no secret ${name}`);
        await audit.record({ actor: toFactActor(actor), action: 'secret.delete', ...toSecretFact(place) }, transaction);
      });
    },

    removeAll: (userId) => store.secrets.deleteAll({ scope: 'user', ownerId: userId }),
  };
}

/** A secret in the audit log: its name and whose it is. */
export function toSecretFact({ scope, ownerId, name }: SecretPlace): {
  target: FactTarget;
  details: { scope: string; owner_id?: string };
} {
  return { target: { type: 'secret', id: name }, details: { scope, ...(ownerId !== '' && { owner_id: ownerId }) } };
}
