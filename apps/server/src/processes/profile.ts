import { createHash } from 'node:crypto';

import { CspError } from '@claude-sdk-pattern/protocol';

import { may } from '../access/may.ts';
import { findRelation } from '../access/relation.ts';
import { findBringing, findVersions } from '../definitions/agent-skills.ts';
import { readAgentDefinition, type AgentDefinition } from '../definitions/agent-definition.ts';
import { DEFAULT_AGENT_ID, DEFAULT_ENVIRONMENT_ID } from '../definitions/defaults.ts';
import { readEnvironmentDefinition } from '../definitions/environment-definition.ts';
import { toSessionAgent, type SessionAgent } from '../definitions/resolve-session.ts';
import { toProfileSettings, type ProfileSettings } from '../agent-process/options/profile-settings.ts';
import type { ActivePlugin, PluginSet } from '../plugins/plugin-set.ts';
import type { Store } from '../store/port.ts';
import type { Session } from '../store/sessions.ts';

/** All that is fixed when a process starts, but for its folders: a spare serves only sessions of its own profile. */
export interface Profile {
  /** Of all of it, with the names of agent and environment for people. */
  fingerprint: string;
  settings: ProfileSettings;
}

/** What profiles are made from. */
export interface ProfileDeps {
  store: Pick<Store, 'agents' | 'environments' | 'skills'>;
  plugins: Pick<PluginSet, 'current' | 'ofAgent'>;
}

/**
 * The profile that a session needs: its agent as it was when the session began, its environment and plugins as they are now.
 * @param ofWorkspace What its owner lets run of its workspace.
 */
export async function findProfile(
  deps: ProfileDeps,
  session: Pick<Session, 'ownerId' | 'agent' | 'agentId' | 'agentVersion' | 'environmentId'>,
  ofWorkspace: readonly ActivePlugin[] = [],
): Promise<Profile> {
  const { ownerId, environmentId } = session;
  return toProfile(deps, await findSessionAgent(deps.store, session), { ownerId, environmentId, ofWorkspace });
}

/** The agent as the session uses it, with what the session has changed of it. */
export async function findSessionAgent(
  store: Pick<Store, 'agents'>,
  { agent, agentId, agentVersion }: Pick<Session, 'agent' | 'agentId' | 'agentVersion'>,
): Promise<SessionAgent> {
  // This server wrote it itself.
  return (agent as SessionAgent | null) ?? findAgent(store, agentId, agentVersion);
}

/** The profile of sessions that name no agent and no environment. */
export async function findDefaultProfile(deps: ProfileDeps): Promise<Profile> {
  return toProfile(deps, await findAgent(deps.store, DEFAULT_AGENT_ID), {
    ...{ ownerId: null, environmentId: DEFAULT_ENVIRONMENT_ID },
  });
}

async function toProfile(
  { store, plugins }: ProfileDeps,
  agent: SessionAgent,
  {
    ownerId,
    environmentId,
    ofWorkspace = [],
  }: { ownerId: string | null; environmentId: string; ofWorkspace?: readonly ActivePlugin[] },
): Promise<Profile> {
  const environment = await store.environments.find(environmentId);
  if (environment === undefined) throw new CspError('not_found', `There is no environment ${environmentId}`);
  const settings = toProfileSettings({
    ...{ agent, environment: readEnvironmentDefinition(environment) },
    ...{ plugins: plugins.current, nodePath: process.execPath, ofWorkspace },
    ...(await findAgentPlugin({ store, plugins }, agent)),
    definedServers: await findDefinedServers(store, agent, ownerId),
  });
  const digest = createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 12);
  return { fingerprint: `${agent.id}@${agent.version}/${environmentId}/${digest}`, settings };
}

/** The uploaded skills of an agent as one plugin, and the names or ids of skills that it cannot get any more. */
export async function findAgentPlugin(
  { store, plugins }: Pick<ProfileDeps, 'plugins'> & { store: Pick<Store, 'skills'> },
  { skills = [], plugins: taken }: Pick<SessionAgent, 'skills' | 'plugins'>,
): Promise<{ ofAgent: ActivePlugin | undefined; missingSkills: string[] }> {
  if (skills.length === 0) return { ofAgent: undefined, missingSkills: [] };
  const { versions, missing } = await findVersions(store.skills, skills);
  const serving = plugins.current.filter(({ name }) => taken?.includes(name) ?? true);
  const unbrought = skills.filter(
    ({ type, skill_id: name }) => type === 'anthropic' && findBringing(serving, name).length === 0,
  );
  return {
    ofAgent: plugins.ofAgent(versions),
    missingSkills: [...missing, ...unbrought.map(({ skill_id: name }) => name)],
  };
}

/**
 * The MCP servers as the agent's own definition has them; undefined where the session's owner may not use the agent, as
 * after a fork of somebody else's session. The owner's role is not asked: every role that may have sessions may use agents.
 */
async function findDefinedServers(
  store: ProfileDeps['store'],
  agent: SessionAgent,
  ownerId: string | null,
): Promise<AgentDefinition['mcpServers'] | undefined> {
  const stored = await store.agents.find(agent.id, agent.version);
  if (stored === undefined) return undefined;
  const isUsable = may({ role: 'user' }, 'agent.read', findRelation({ userId: ownerId ?? '' }, stored));
  return isUsable ? readAgentDefinition(stored).mcpServers : undefined;
}

async function findAgent(store: Pick<Store, 'agents'>, id: string, version?: number): Promise<SessionAgent> {
  const stored = await store.agents.find(id, version);
  if (stored === undefined) throw new CspError('not_found', `There is no agent ${id}`);
  return toSessionAgent(stored);
}
