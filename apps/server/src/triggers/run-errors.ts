import { CspError, ERROR_CODES, type ErrorCode } from '@claude-sdk-pattern/protocol';
import type { DeploymentErrorType, DeploymentPausedReason } from '@claude-sdk-pattern/protocol/v1';

import { may } from '../access/may.ts';
import { findRelation, type Resource } from '../access/relation.ts';
import type { Actor } from '../identity/actor.ts';
import { findStopText } from '../stops/stop-error.ts';
import type { RunTrigger } from '../store/deployment-runs.ts';
import type { Definition } from '../store/definitions.ts';
import type { Repositories } from '../store/port.ts';
import type { Deployment } from './deployment-content.ts';

/** Why a run made no session, as the Managed Agents API names it. */
export interface RunError {
  type: DeploymentErrorType;
  message: string;
}

/**
 * What keeps the owner from running the deployment by now: what it names was archived, deleted or taken from them. Undefined where
 * nothing does. Rights are those of this moment.
 */
export async function findProblem(
  store: Pick<Repositories, 'agents' | 'environments' | 'vaults'>,
  owner: Actor,
  deployment: Pick<Deployment, 'agentId' | 'agentVersion' | 'environmentId' | 'content'>,
): Promise<RunError | undefined> {
  const { agentId, agentVersion, environmentId, content } = deployment;
  const agent = await store.agents.find(agentId, agentVersion);
  if (!isThere(agent, owner, 'agent.read'))
    return { type: 'session_creation_rejected_error', message: `The owner may not use the agent ${agentId} any more` };
  if (agent.archivedAt !== null) return { type: 'agent_archived_error', message: `The agent ${agentId} is archived` };
  const environment = await store.environments.find(environmentId);
  if (!isThere(environment, owner, 'environment.read'))
    return { type: 'environment_not_found_error', message: `There is no environment ${environmentId} for the owner` };
  if (environment.archivedAt !== null)
    return { type: 'environment_archived_error', message: `The environment ${environmentId} is archived` };
  for (const id of content.vaultIds) {
    const vault = await store.vaults.find(id);
    if (vault === undefined) return { type: 'vault_not_found_error', message: `There is no vault ${id}` };
    if (vault.archivedAt !== null) return { type: 'vault_archived_error', message: `The vault ${id} is archived` };
  }
  return undefined;
}

function isThere(
  found: Definition | undefined,
  owner: Actor,
  action: 'agent.read' | 'environment.read',
): found is Definition {
  return found !== undefined && may(owner, action, findRelation(owner, found satisfies Resource));
}

/** What keeps a session from being made now, and may not the next time. */
const LIMITS: ReadonlySet<ErrorCode> = new Set(['quota_exceeded', 'budget_reached', 'work_stopped'] as const);

/** What comes after a run that a stop has kept from its work. Nobody sends a message again. */
const AFTER_STOP: Record<RunTrigger, string> = {
  schedule: 'The schedule runs again at its next time',
  manual: 'Run it again when that is over',
  webhook: 'The next delivery after that runs again, or run it by hand',
};

/** What a failed creation of a session is in a run. */
export function toRunError(error: unknown, trigger: RunTrigger): RunError {
  if (!(error instanceof CspError))
    return { type: 'unknown_error', message: 'The session could not be made. The log of the server says why' };
  const stopped = findStopText(error);
  const message = stopped === undefined ? error.message : `${stopped} ${AFTER_STOP[trigger]}`;
  if (isPassing(error) || LIMITS.has(error.code)) return { type: 'session_rate_limited_error', message };
  if (error.code === 'not_found' && message.includes('file_')) return { type: 'file_not_found_error', message };
  return { type: error.status < 500 ? 'session_creation_rejected_error' : 'unknown_error', message };
}

/** Whether the same may go well a little later. Anything but a `CspError` comes from the database or is a fault of ours. */
export function isPassing(error: unknown): boolean {
  return !(error instanceof CspError) || ERROR_CODES[error.code].retryable;
}

/** These stand in every run until somebody changes something. */
const LASTING: ReadonlySet<DeploymentErrorType> = new Set([
  ...(['agent_archived_error', 'environment_archived_error', 'environment_not_found_error'] as const),
  ...(['vault_not_found_error', 'vault_archived_error', 'file_not_found_error'] as const),
  'organization_disabled_error',
] as const);
/** Of other kinds, so many in a row. */
const MAX_FAILURES = 3;

/**
 * Why a deployment is to be paused after a run that failed; undefined where it goes on. Too much at once passes and never pauses
 * it.
 * @param failures runs that failed, one after the other, this one included
 */
export function findPauseReason({ type }: RunError, failures: number): DeploymentPausedReason | undefined {
  if (LASTING.has(type)) return { type: 'error', error: { type } as never };
  if (type === 'session_rate_limited_error' || failures < MAX_FAILURES) return undefined;
  // Of those that the official API has for a pause, none says more.
  return { type: 'error', error: { type: 'unknown_error' } };
}
