import { isDeepStrictEqual } from 'node:util';

import { CspError, createId } from '@claude-sdk-pattern/protocol';
import type {
  AgentCreateParams,
  AgentResource,
  AgentUpdateParams,
  EnvironmentCreateParams,
  EnvironmentResource,
  EnvironmentUpdateParams,
} from '@claude-sdk-pattern/protocol/v1';

import type { Action } from '../access/actions.ts';
import { findVisibleOwner } from '../access/find-visible-owner.ts';
import { getPermitted } from '../access/get-permitted.ts';
import { may } from '../access/may.ts';
import { findRelation, type Relation } from '../access/relation.ts';
import type { AuditRecorder } from '../audit/audit-log.ts';
import { toFactActor, type AuditAction } from '../audit/fact.ts';
import type { Actor } from '../identity/actor.ts';
import type { Definition, DefinitionRepository } from '../store/definitions.ts';
import type { Store, StoreTransaction } from '../store/port.ts';
import { isStoreError } from '../store/store-error.ts';
import {
  readAgentDefinition,
  toAgentDefinition,
  toAgentResource,
  updateAgentDefinition,
  type AgentDefinition,
} from './agent-definition.ts';
import { resolveAgentSkills, type AgentSkill, type SkillSources } from './agent-skills.ts';
import { DEFAULT_AGENT_ID, DEFAULT_ENVIRONMENT_ID } from './defaults.ts';
import {
  readEnvironmentDefinition,
  toEnvironmentDefinition,
  toEnvironmentResource,
  updateEnvironmentDefinition,
} from './environment-definition.ts';

type ChangeAction = Extract<AuditAction, `${'agent' | 'environment'}.${string}`>;
type DefinitionAction = Extract<Action, `${'agent' | 'environment'}.${string}`>;

export interface DefinitionListParams {
  includeArchived?: boolean;
  /** ISO 8601, inclusive. */
  createdFrom?: string;
  createdThrough?: string;
  limit: number;
  cursor?: string;
}

export interface ResourcePage<T> {
  data: T[];
  next_page: string | null;
}

/**
 * Agents and environments for an actor. Everybody sees what they own and what has the scope `organization`; the owner
 * and administrators change it. What everybody sees is made and changed by operators and administrators alone, since it
 * runs with the rights of whoever uses it; an owner may still take it back. The table of access has this. Methods throw
 * `not_found` for what the actor may not see and `permission_denied` for what they may see and not change.
 */
export interface DefinitionService {
  agents: {
    create(actor: Actor, params: AgentCreateParams): Promise<AgentResource>;
    /** A version, or the newest. */
    get(actor: Actor, id: string, version?: number): Promise<AgentResource>;
    /** Makes the next version, unless nothing changes. Throws `state_conflict` when `version` is not the newest. */
    update(actor: Actor, id: string, params: AgentUpdateParams): Promise<AgentResource>;
    list(actor: Actor, params: DefinitionListParams): Promise<ResourcePage<AgentResource>>;
    /** Newest first; `cursor` is the version after which to go on. */
    listVersions(
      actor: Actor,
      id: string,
      params: { limit: number; cursor?: number },
    ): Promise<ResourcePage<AgentResource>>;
    archive(actor: Actor, id: string): Promise<AgentResource>;
  };
  environments: {
    create(actor: Actor, params: EnvironmentCreateParams): Promise<EnvironmentResource>;
    get(actor: Actor, id: string): Promise<EnvironmentResource>;
    update(actor: Actor, id: string, params: EnvironmentUpdateParams): Promise<EnvironmentResource>;
    list(actor: Actor, params: DefinitionListParams): Promise<ResourcePage<EnvironmentResource>>;
    archive(actor: Actor, id: string): Promise<EnvironmentResource>;
    /** Throws `state_conflict` while a session uses it. */
    delete(actor: Actor, id: string): Promise<void>;
  };
  /** Gives all agents and environments of a user to another one. */
  handOverAll(ownerId: string, nextOwnerId: string): Promise<void>;
  /** Deletes those of a user. What everybody may use, or a session of somebody else uses, becomes the platform's. */
  deleteAll(ownerId: string): Promise<void>;
}

export interface DefinitionServiceDeps {
  store: Pick<Store, 'agents' | 'environments' | 'sessions' | 'secrets' | 'skills' | 'transaction'>;
  plugins: SkillSources['plugins'];
  audit: AuditRecorder;
}

/** Over 100 lines, and the file over 300: one method for each operation on agents and environments. */
export function createDefinitionService({ store, plugins, audit }: DefinitionServiceDeps): DefinitionService {
  const { agents, environments } = store;

  /** Makes a change and records it, in one transaction; what is as it was before is not recorded. */
  const change = (
    { actor, action, before }: { actor: Actor; action: ChangeAction; before?: Definition },
    work: (transaction: StoreTransaction) => Promise<Definition>,
  ): Promise<Definition> =>
    store.transaction(async (transaction) => {
      const changed = await work(transaction);
      if (changed === before) return changed;
      const target = { type: action.startsWith('agent.') ? 'agent' : 'environment', id: changed.id } as const;
      const details = { version: changed.version, name: changed.name, scope: changed.scope };
      await audit.record({ actor: toFactActor(actor), action, target, details }, transaction);
      return changed;
    });

  /** Absent where the request does not name them. */
  const findSkills = async (
    actor: Actor,
    params: Pick<AgentUpdateParams, 'skills' | 'plugins'>,
    current?: AgentDefinition,
  ): Promise<{ skills?: AgentSkill[] }> => {
    if (params.skills === undefined) return {};
    const taken = params.plugins === undefined ? current?.plugins : params.plugins;
    const wanted = { params: params.skills ?? [], had: current?.skills ?? [], plugins: taken ?? null };
    return { skills: await resolveAgentSkills({ store, plugins }, actor, wanted) };
  };

  return {
    agents: {
      async create(actor, params) {
        const { name, scope = 'account' } = params;
        assertMayPublish(actor, 'agent.publish', { relation: 'own', scope });
        const definition = { ...toAgentDefinition(params), ...(await findSkills(actor, params)) };
        const agent = { id: createId('agent'), name, definition, ownerId: actor.userId, scope };
        return toAgentResource(
          await change({ actor, action: 'agent.create' }, (transaction) => transaction.agents.put(agent)),
        );
      },
      get: async (actor, id, version) =>
        toAgentResource(await findPermitted(agents, actor, { action: 'agent.read', id, version })),
      async update(actor, id, params) {
        const current = await findChangeable(agents, actor, { action: 'agent.update', id });
        const scope = params.scope ?? current.scope;
        assertMayPublish(actor, 'agent.publish', { relation: findRelation(actor, current), scope });
        if (params.version !== undefined && params.version !== current.version) throw toStale(current, params.version);
        const before = readAgentDefinition(current);
        const next = {
          name: params.name ?? current.name,
          scope,
          definition: { ...updateAgentDefinition(before, params), ...(await findSkills(actor, params, before)) },
        };
        return toAgentResource(
          await change({ actor, action: 'agent.update', before: current }, (transaction) =>
            putChanged(transaction.agents, current, next),
          ),
        );
      },
      list: (actor, params) =>
        listVisible(agents, findVisibleOwner(actor, 'agent.read'), { params, toResource: toAgentResource }),
      async listVersions(actor, id, { limit, cursor }) {
        await findPermitted(agents, actor, { action: 'agent.read', id });
        const before = cursor === undefined ? {} : { before: cursor };
        const versions = await agents.listVersions(id, { limit: limit + 1, ...before });
        const data = versions.slice(0, limit).map(toAgentResource);
        return { data, next_page: versions.length > limit ? String(data.at(-1)?.version) : null };
      },
      async archive(actor, id) {
        await findChangeable(agents, actor, { action: 'agent.archive', id, evenArchived: true });
        assertNotDefault(id);
        return toAgentResource(
          await change({ actor, action: 'agent.archive' }, (transaction) => transaction.agents.archive(id)),
        );
      },
    },
    environments: {
      async create(actor, params) {
        const { name } = params;
        const scope = params.scope ?? 'account';
        assertMayPublish(actor, 'environment.publish', { relation: 'own', scope });
        const definition = toEnvironmentDefinition(params);
        const environment = { id: createId('env'), name, definition, ownerId: actor.userId, scope };
        return toEnvironmentResource(
          await change({ actor, action: 'environment.create' }, (transaction) =>
            transaction.environments.put(environment),
          ),
        );
      },
      get: async (actor, id) =>
        toEnvironmentResource(await findPermitted(environments, actor, { action: 'environment.read', id })),
      async update(actor, id, params) {
        const current = await findChangeable(environments, actor, { action: 'environment.update', id });
        const scope = params.scope ?? current.scope;
        assertMayPublish(actor, 'environment.publish', { relation: findRelation(actor, current), scope });
        const next = {
          name: params.name ?? current.name,
          scope,
          definition: updateEnvironmentDefinition(readEnvironmentDefinition(current), params),
        };
        return toEnvironmentResource(
          await change({ actor, action: 'environment.update', before: current }, (transaction) =>
            putChanged(transaction.environments, current, next),
          ),
        );
      },
      list: (actor, params) =>
        listVisible(environments, findVisibleOwner(actor, 'environment.read'), {
          params,
          toResource: toEnvironmentResource,
        }),
      async archive(actor, id) {
        await findChangeable(environments, actor, { action: 'environment.archive', id, evenArchived: true });
        assertNotDefault(id);
        return toEnvironmentResource(
          await change({ actor, action: 'environment.archive' }, (transaction) => transaction.environments.archive(id)),
        );
      },
      async delete(actor, id) {
        const current = await findChangeable(environments, actor, {
          ...{ action: 'environment.delete', id, evenArchived: true },
        });
        assertNotDefault(id);
        const using = { ownerId: null, environmentId: id, includeArchived: true, limit: 1 };
        if ((await store.sessions.list(using)).sessions.length > 0) {
          throw new CspError('state_conflict', `Sessions use ${id}. Delete them first, or archive it instead`);
        }
        await change({ actor, action: 'environment.delete' }, async (transaction) => {
          await transaction.environments.delete(id);
          return current;
        });
      },
    },
    async handOverAll(ownerId, nextOwnerId) {
      await agents.giveTo(ownerId, nextOwnerId);
      await environments.giveTo(ownerId, nextOwnerId);
    },
    async deleteAll(ownerId) {
      const isUsed = async (by: { agentId: string } | { environmentId: string }) =>
        (await store.sessions.list({ ...by, ownerId: null, includeArchived: true, limit: 1 })).sessions.length > 0;
      for (const agentId of await agents.listPrivate(ownerId))
        if (!(await isUsed({ agentId }))) {
          await agents.delete(agentId);
          await store.secrets.deleteAll({ scope: 'agent', ownerId: agentId });
        }
      for (const environmentId of await environments.listPrivate(ownerId))
        if (!(await isUsed({ environmentId }))) await environments.delete(environmentId);
      await agents.giveTo(ownerId, null);
      await environments.giveTo(ownerId, null);
    },
  };
}

/** A definition with which the actor may do this. @throws CspError `not_found`, `permission_denied` */
export async function findPermitted(
  repository: Pick<DefinitionRepository, 'find'>,
  actor: Actor,
  { action, id, version }: { action: DefinitionAction; id: string; version?: number | undefined },
): Promise<Definition> {
  return getPermitted(actor, action, {
    found: await repository.find(id, version),
    name: version === undefined ? id : `${id} with version ${version}`,
    refusal: `Only its owner or an administrator may change ${id}`,
  });
}

/** @throws CspError `permission_denied` when it would be for everybody, and the actor may not make it so. */
function assertMayPublish(
  actor: Actor,
  action: 'agent.publish' | 'environment.publish',
  { relation, scope }: { relation: Relation; scope: Definition['scope'] },
): void {
  if (scope === 'account' || may(actor, action, relation)) return;
  throw new CspError(
    'permission_denied',
    'Only operators and administrators may publish to everybody (scope organization). Use the scope account, or ask one of them',
    { details: { field: 'scope' } },
  );
}

async function findChangeable(
  repository: DefinitionRepository,
  actor: Actor,
  wanted: { action: DefinitionAction; id: string; evenArchived?: boolean },
): Promise<Definition> {
  const { id, evenArchived = false } = wanted;
  const found = await findPermitted(repository, actor, wanted);
  if (found.archivedAt !== null && !evenArchived) {
    throw new CspError('invalid_request', `${id} is archived and cannot be changed`, {
      // The name that the official SDK maps to a class of its own.
      details: id.startsWith('env_') ? { error_code: 'environment_archived' } : {},
    });
  }
  return found;
}

/** Another writer may have come first since `current` was read. */
async function putChanged(
  repository: DefinitionRepository,
  current: Definition,
  next: Pick<Definition, 'name' | 'scope' | 'definition'>,
): Promise<Definition> {
  const { name, scope, definition } = current;
  if (isDeepStrictEqual({ name, scope, definition }, next)) return current;
  try {
    return await repository.put({ id: current.id, ...next, expectedVersion: current.version });
  } catch (error) {
    if (isStoreError(error, 'conflict')) throw toStale(current, current.version, error);
    throw error;
  }
}

async function listVisible<T>(
  repository: DefinitionRepository,
  visibleTo: string | null,
  { params, toResource }: { params: DefinitionListParams; toResource: (definition: Definition) => T },
): Promise<ResourcePage<T>> {
  const { definitions, nextCursor } = await repository.list({ ...params, visibleTo });
  return { data: definitions.map(toResource), next_page: nextCursor };
}

function toStale(current: Definition, version: number, cause?: unknown): CspError {
  const message = `${current.id} has changed since version ${version}. Read it again and repeat the change`;
  return new CspError('state_conflict', message, { cause, details: { field: 'version' } });
}

function assertNotDefault(id: string): void {
  if (id !== DEFAULT_AGENT_ID && id !== DEFAULT_ENVIRONMENT_ID) return;
  throw new CspError(
    'state_conflict',
    `${id} is the default for new sessions and cannot be archived or deleted. Change it instead`,
  );
}
