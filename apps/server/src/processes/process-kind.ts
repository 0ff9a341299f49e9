import { createHash } from 'node:crypto';

import { CspError } from '@claude-sdk-pattern/protocol';

import { DEFAULT_AGENT_ID, DEFAULT_ENVIRONMENT_ID } from '../definitions/defaults.ts';
import { readEnvironmentDefinition } from '../definitions/environment-definition.ts';
import { toSessionAgent, type SessionAgent } from '../definitions/resolve-session.ts';
import { toProcessDefinition, type ProcessDefinition } from '../definitions/to-process-definition.ts';
import type { Store } from '../store/port.ts';
import type { Session } from '../store/sessions.ts';

/** What is fixed when a process starts, beside its folders: a spare serves only sessions of its own kind. */
export interface ProcessKind {
  /** Fingerprint of all of it, with the names of agent and environment for people. */
  profile: string;
  definition: ProcessDefinition;
}

type Definitions = Pick<Store, 'agents' | 'environments'>;

/** The kind of process that a session needs: its agent as it was when the session began, its environment as it is now. */
export async function findProcessKind(
  store: Definitions,
  session: Pick<Session, 'agent' | 'agentId' | 'agentVersion' | 'environmentId'>,
): Promise<ProcessKind> {
  return toKind(store, await findSessionAgent(store, session), session.environmentId);
}

/** The agent as the session uses it, with what the session has changed of it. */
export async function findSessionAgent(
  store: Definitions,
  { agent, agentId, agentVersion }: Pick<Session, 'agent' | 'agentId' | 'agentVersion'>,
): Promise<SessionAgent> {
  // This server wrote it itself.
  return (agent as SessionAgent | null) ?? findAgent(store, agentId, agentVersion);
}

/** What serves sessions that name no agent and no environment. */
export async function findDefaultKind(store: Definitions): Promise<ProcessKind> {
  return toKind(store, await findAgent(store, DEFAULT_AGENT_ID), DEFAULT_ENVIRONMENT_ID);
}

async function toKind(store: Definitions, agent: SessionAgent, environmentId: string): Promise<ProcessKind> {
  const environment = await store.environments.find(environmentId);
  if (environment === undefined) throw new CspError('not_found', `There is no environment ${environmentId}`);
  const definition = toProcessDefinition(agent, readEnvironmentDefinition(environment));
  const fingerprint = createHash('sha256').update(JSON.stringify(definition)).digest('hex').slice(0, 12);
  return { profile: `${agent.id}@${agent.version}/${environmentId}/${fingerprint}`, definition };
}

async function findAgent(store: Definitions, id: string, version?: number): Promise<SessionAgent> {
  const stored = await store.agents.find(id, version);
  if (stored === undefined) throw new CspError('not_found', `There is no agent ${id}`);
  return toSessionAgent(stored);
}
