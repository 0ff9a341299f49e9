import { AGENT_TOOL_NAMES } from '@claude-sdk-pattern/protocol/v1';

import type { Store } from '../store/port.ts';
import { isStoreError } from '../store/store-error.ts';
import { toAgentDefinition, type AgentDefinition } from './agent-definition.ts';
import { toEnvironmentDefinition } from './environment-definition.ts';

/** The agent and environment of a session that names none. */
export const DEFAULT_AGENT_ID = 'agent_default';
export const DEFAULT_ENVIRONMENT_ID = 'env_default';

export const DEFAULT_AGENT_NAME = 'Default agent';

/** The platform's own agent, until somebody changes it. */
export const toDefaultAgent = (): AgentDefinition =>
  toAgentDefinition({
    name: DEFAULT_AGENT_NAME,
    model: 'default',
    description:
      'Claude Code with all its tools. The permission mode of the session decides what it may do without asking.',
    tools: [
      {
        type: 'agent_toolset_20260401',
        default_config: { permission_policy: { type: 'auto' } },
        configs: AGENT_TOOL_NAMES.map((name) => ({ name })),
      },
    ],
    interactive_tools: true,
  });

/** Makes the platform's own agent and environment where they are missing; several nodes may do so at once. */
export async function createDefaultDefinitions(store: Pick<Store, 'agents' | 'environments'>): Promise<void> {
  await createOnce(store.agents, {
    id: DEFAULT_AGENT_ID,
    name: DEFAULT_AGENT_NAME,
    definition: toDefaultAgent(),
  });
  await createOnce(store.environments, {
    id: DEFAULT_ENVIRONMENT_ID,
    name: 'Default environment',
    definition: toEnvironmentDefinition({ name: 'Default environment' }),
  });
}

async function createOnce(
  repository: Store['agents'],
  definition: { id: string; name: string; definition: unknown },
): Promise<void> {
  if (await repository.find(definition.id)) return;
  try {
    await repository.put({ ...definition, ownerId: null, scope: 'organization', expectedVersion: 0 });
  } catch (error) {
    if (!isStoreError(error, 'conflict')) throw error;
  }
}
