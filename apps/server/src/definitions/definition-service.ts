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

import type { Actor } from '../identity/actor.ts';
import type { Definition, DefinitionRepository } from '../store/definitions.ts';
import type { Store } from '../store/port.ts';
import { isStoreError } from '../store/store-error.ts';
import { readAgentDefinition, toAgentDefinition, toAgentResource, updateAgentDefinition } from './agent-definition.ts';
import { DEFAULT_AGENT_ID, DEFAULT_ENVIRONMENT_ID } from './defaults.ts';
import {
  readEnvironmentDefinition,
  toEnvironmentDefinition,
  toEnvironmentResource,
  updateEnvironmentDefinition,
} from './environment-definition.ts';

/** Who asks, as far as definitions care. */
export type DefinitionCaller = Pick<Actor, 'userId' | 'role'>;

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
 * Agents and environments for a caller. Everybody sees what they own and what has the scope `organization`; the owner
 * and administrators change it. What everybody sees is made and changed by operators and administrators alone, since it
 * runs with the rights of whoever uses it; an owner may still take it back. Methods throw `not_found` for what the caller
 * may not see and `permission_denied` for what they may see and not change.
 */
export interface DefinitionService {
  agents: {
    create(caller: DefinitionCaller, params: AgentCreateParams): Promise<AgentResource>;
    /** A version, or the newest. */
    get(caller: DefinitionCaller, id: string, version?: number): Promise<AgentResource>;
    /** Makes the next version, unless nothing changes. Throws `state_conflict` when `version` is not the newest. */
    update(caller: DefinitionCaller, id: string, params: AgentUpdateParams): Promise<AgentResource>;
    list(caller: DefinitionCaller, params: DefinitionListParams): Promise<ResourcePage<AgentResource>>;
    /** Newest first; `cursor` is the version after which to go on. */
    listVersions(
      caller: DefinitionCaller,
      id: string,
      params: { limit: number; cursor?: number },
    ): Promise<ResourcePage<AgentResource>>;
    archive(caller: DefinitionCaller, id: string): Promise<AgentResource>;
  };
  environments: {
    create(caller: DefinitionCaller, params: EnvironmentCreateParams): Promise<EnvironmentResource>;
    get(caller: DefinitionCaller, id: string): Promise<EnvironmentResource>;
    update(caller: DefinitionCaller, id: string, params: EnvironmentUpdateParams): Promise<EnvironmentResource>;
    list(caller: DefinitionCaller, params: DefinitionListParams): Promise<ResourcePage<EnvironmentResource>>;
    archive(caller: DefinitionCaller, id: string): Promise<EnvironmentResource>;
    /** Throws `state_conflict` while a session uses it. */
    delete(caller: DefinitionCaller, id: string): Promise<void>;
  };
}

export function createDefinitionService(store: Pick<Store, 'agents' | 'environments' | 'sessions'>): DefinitionService {
  const { agents, environments } = store;
  return {
    agents: {
      async create(caller, params) {
        const { name, scope = 'account' } = params;
        assertMayPublish(caller, scope);
        const definition = toAgentDefinition(params);
        return toAgentResource(
          await agents.put({ id: createId('agent'), name, definition, ownerId: caller.userId, scope }),
        );
      },
      get: async (caller, id, version) => toAgentResource(await findVisible(agents, caller, id, version)),
      async update(caller, id, params) {
        const current = await findChangeable(agents, caller, id);
        const scope = params.scope ?? current.scope;
        assertMayPublish(caller, scope);
        if (params.version !== undefined && params.version !== current.version) throw toStale(current, params.version);
        return toAgentResource(
          await putChanged(agents, current, {
            name: params.name ?? current.name,
            scope,
            definition: updateAgentDefinition(readAgentDefinition(current), params),
          }),
        );
      },
      list: (caller, params) => listVisible(agents, caller, params, toAgentResource),
      async listVersions(caller, id, { limit, cursor }) {
        await findVisible(agents, caller, id);
        const before = cursor === undefined ? {} : { before: cursor };
        const versions = await agents.listVersions(id, { limit: limit + 1, ...before });
        const data = versions.slice(0, limit).map(toAgentResource);
        return { data, next_page: versions.length > limit ? String(data.at(-1)?.version) : null };
      },
      async archive(caller, id) {
        await findChangeable(agents, caller, id, { evenArchived: true });
        assertNotDefault(id);
        return toAgentResource(await agents.archive(id));
      },
    },
    environments: {
      async create(caller, params) {
        const { name } = params;
        const scope = params.scope ?? 'account';
        assertMayPublish(caller, scope);
        const definition = toEnvironmentDefinition(params);
        return toEnvironmentResource(
          await environments.put({ id: createId('env'), name, definition, ownerId: caller.userId, scope }),
        );
      },
      get: async (caller, id) => toEnvironmentResource(await findVisible(environments, caller, id)),
      async update(caller, id, params) {
        const current = await findChangeable(environments, caller, id);
        const scope = params.scope ?? current.scope;
        assertMayPublish(caller, scope);
        return toEnvironmentResource(
          await putChanged(environments, current, {
            name: params.name ?? current.name,
            scope,
            definition: updateEnvironmentDefinition(readEnvironmentDefinition(current), params),
          }),
        );
      },
      list: (caller, params) => listVisible(environments, caller, params, toEnvironmentResource),
      async archive(caller, id) {
        await findChangeable(environments, caller, id, { evenArchived: true });
        assertNotDefault(id);
        return toEnvironmentResource(await environments.archive(id));
      },
      async delete(caller, id) {
        await findChangeable(environments, caller, id, { evenArchived: true });
        assertNotDefault(id);
        const using = { ownerId: null, environmentId: id, includeArchived: true, limit: 1 };
        if ((await store.sessions.list(using)).sessions.length > 0) {
          throw new CspError('state_conflict', `Sessions use ${id}. Delete them first, or archive it instead`);
        }
        await environments.delete(id);
      },
    },
  };
}

/** @throws CspError `not_found` */
export async function findVisible(
  repository: Pick<DefinitionRepository, 'find'>,
  caller: Pick<DefinitionCaller, 'userId'>,
  id: string,
  version?: number,
): Promise<Definition> {
  const found = await repository.find(id, version);
  if (found && (found.ownerId === caller.userId || found.scope === 'organization')) return found;
  throw new CspError('not_found', `There is no ${id}${version === undefined ? '' : ` with version ${version}`}`);
}

function assertMayPublish(caller: DefinitionCaller, scope: Definition['scope']): void {
  if (scope === 'account' || caller.role !== 'user') return;
  throw new CspError(
    'permission_denied',
    'Only operators and administrators publish to everybody (scope organization). Keep the scope account, or ask one of them',
    { details: { field: 'scope' } },
  );
}

async function findChangeable(
  repository: DefinitionRepository,
  caller: DefinitionCaller,
  id: string,
  options: { evenArchived?: boolean } = {},
): Promise<Definition> {
  const found = await findVisible(repository, caller, id);
  if (found.ownerId !== caller.userId && caller.role !== 'admin') {
    throw new CspError('permission_denied', `Only its owner or an administrator may change ${id}`);
  }
  if (found.archivedAt !== null && options.evenArchived !== true) {
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
  caller: DefinitionCaller,
  params: DefinitionListParams,
  toResource: (definition: Definition) => T,
): Promise<ResourcePage<T>> {
  const { definitions, nextCursor } = await repository.list({ ...params, visibleTo: caller.userId });
  return { data: definitions.map(toResource), next_page: nextCursor };
}

function toStale(current: Definition, version: number, cause?: unknown): CspError {
  const message = `${current.id} has changed since version ${version}. Read it again and repeat the change`;
  return new CspError('state_conflict', message, { cause, details: { field: 'version' } });
}

function assertNotDefault(id: string): void {
  if (id !== DEFAULT_AGENT_ID && id !== DEFAULT_ENVIRONMENT_ID) return;
  throw new CspError('state_conflict', `${id} serves sessions that name none, so it stays. Change it instead`);
}
