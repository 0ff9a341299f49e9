import type { AgentResource } from '@claude-sdk-pattern/protocol/v1';
import { definitionScope, promptGuardMode, toolSearchMode } from '@claude-sdk-pattern/protocol/v1';
import { z } from 'zod';

import { answer } from '../entrance/zod-schemas.ts';

const settings = {
  enabled: z.boolean(),
  permission_policy: z.object({ type: z.enum(['always_allow', 'always_ask', 'auto']) }),
};
const toolset = z
  .object({
    type: z.enum(['agent_toolset_20260401', 'mcp_toolset']),
    mcp_server_name: z.string().optional(),
    default_config: z.object(settings),
    configs: z.array(
      z.object({
        name: z.string(),
        type: z.string().optional(),
        ...settings,
        url_sources: z.null().optional(),
      }),
    ),
  })
  .meta({ id: 'Toolset', description: 'Tools, and when they may run.' });

const customTool = z
  .object({
    type: z.literal('custom'),
    name: z.string(),
    description: z.string(),
    input_schema: z.looseObject({ type: z.literal('object') }),
  })
  .meta({ id: 'CustomTool', description: 'A tool that a program of the client runs.' });

/** Fields that an agent and the agent of a session share. */
export const agentFields = {
  type: z.literal('agent'),
  id: z.string(),
  version: z.number(),
  name: z.string(),
  description: z.string().nullable(),
  model: z.object({ id: z.string(), effort: z.object({ type: z.string() }).optional() }),
  system: z.string().nullable(),
  tools: z.array(z.union([toolset, customTool])),
  mcp_servers: z.array(z.object({ type: z.literal('url'), name: z.string(), url: z.string() })),
  skills: z.array(z.object({ type: z.enum(['custom', 'anthropic']), skill_id: z.string(), version: z.string() })),
  multiagent: z.null(),
  execution_identity: z.object({ type: z.literal('service_account') }),
};

export const agentResource = answer<AgentResource>(
  z
    .object({
      ...agentFields,
      metadata: z.record(z.string(), z.string()),
      scope: definitionScope,
      interactive_tools: z.boolean(),
      prompt_guard: promptGuardMode.nullable(),
      tool_search: toolSearchMode.nullable(),
      plugins: z.array(z.string()).nullable(),
      created_at: z.iso.datetime(),
      updated_at: z.iso.datetime(),
      archived_at: z.iso.datetime().nullable(),
    })
    .meta({ id: 'Agent', description: 'One version of an agent.' }),
);
