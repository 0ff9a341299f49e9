import type { PluginPartHealth, SessionMcpServerResource } from '@claude-sdk-pattern/protocol';
import { z } from 'zod';

import { answer } from '../entrance/zod-schemas.ts';

const anything = z.record(z.string(), z.unknown());
export const remedy = z.string().nullable().describe('What to do about the problem, where that is known.');
export const output = z
  .string()
  .nullable()
  .describe('The last lines that its program wrote to its standard error, without secrets.');
const transport = z.enum(['stdio', 'http', 'sse', 'in_process']);

export const mcpTool = z
  .object({
    name: z.string().describe('The server’s own.'),
    title: z.string().nullable(),
    description: z.string().nullable(),
    input_schema: anything.nullable().describe('Null where all schemas of the server together are over 1 MB.'),
    is_read_only: z.boolean().nullable().describe('What the server says of it; null where it does not say.'),
  })
  .meta({ id: 'McpTool', description: 'A tool as its MCP server lists it.' });

export const eventPlugin = z
  .object({ name: z.string().describe('Of the registry.'), display_name: z.string() })
  .meta({ id: 'EventPlugin', description: 'The plugin that a tool call belongs to.' });

export const sessionMcpServers = answer<{ data: SessionMcpServerResource[]; next_page: null }>(
  z
    .object({
      data: z.array(
        z
          .object({
            name: z.string().describe('As its owner spells it.'),
            plugin: eventPlugin.nullable().describe('That brings it; null for one of the agent’s own.'),
            transport,
            state: z
              .enum(['idle', 'connecting', 'ready', 'needs_sign_in', 'failed'])
              .describe('`idle` while no process of the session runs, or before the server is needed.'),
            problem: z.string().nullable().describe('Why it is not ready, or why tools are missing.'),
            retry_at: z.iso.datetime().nullable().describe('The next try; null where none is planned.'),
            tools: z.array(mcpTool),
          })
          .meta({ id: 'SessionMcpServer', description: 'An MCP server of a session.' }),
      ),
      next_page: z.null(),
    })
    .meta({ id: 'SessionMcpServerList' }),
);

export const partHealth = answer<PluginPartHealth>(
  z
    .object({
      kind: z.enum(['mcp_server', 'endpoints', 'hooks']),
      name: z.string(),
      transport: transport.nullable(),
      state: z
        .enum(['ready', 'idle', 'failed'])
        .describe('`ready`: something is connected to it. `failed`: what was last heard of it is a failure.'),
      connected: z.int().describe('Connections or processes that are open now.'),
      calls: z.int().describe('Those that have ended.'),
      errors: z.int().describe('Calls that were answered with an error, or not answered.'),
      p50_ms: z.number().nullable().describe('Of the last 500 calls; null before the first one.'),
      p95_ms: z.number().nullable(),
      starts: z.int().describe('Times that it was started or connected to.'),
      restarts: z.int().describe('Starts after it had ended by itself.'),
      failed_starts: z.int(),
      last_call_at: z.iso.datetime().nullable(),
      last_problem: z
        .object({ at: z.iso.datetime(), text: z.string(), remedy, output })
        .nullable()
        .describe('For operators and administrators.'),
    })
    .meta({
      id: 'PluginPartHealth',
      description: 'What a part of a plugin has done on the server that answers, since it was started.',
    }),
);
