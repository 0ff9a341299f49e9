import type { FaultDetailsResource, McpServerCheck, McpToolTest } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type {
  ListedServer,
  ServerTrials,
  ToolAnswer,
  TrialFailure,
  TrialOutcome,
} from '../../processes/server-trials.ts';
import { toShownTools } from '../../sessions/to-shown-tools.ts';
import { getActor } from '../entrance/admission.ts';
import { answer } from '../entrance/zod-schemas.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';
import { mcpTool, output, remedy } from './mcp-server-resource.ts';
import { whileWaitedFor } from './while-waited-for.ts';

export interface PluginServerRoutesOptions {
  trials: Pick<ServerTrials, 'list' | 'call'>;
}

const MAX_INPUT_BYTES = 256 * 1024;
const tags = [TAGS.plugins];
const params = z.object({ name: z.string().min(1).max(64), server: z.string().min(1).max(200) });
const connectMs = z.number().describe('Until the server had answered its initialization, or failed.');
const remarks = z.array(z.string()).describe('What the server did beside its answers.');

const serverCheck = answer<McpServerCheck>(
  z
    .object({
      type: z.literal('mcp_server_check'),
      state: z.enum(['ready', 'needs_sign_in', 'failed']),
      problem: z.string().nullable().describe('Why it failed, or why tools are missing.'),
      ...{ remedy, output },
      connect_ms: connectMs,
      remarks,
      server_info: z.object({ name: z.string(), version: z.string() }).nullable().describe('As it tells them.'),
      instructions: z.string().nullable(),
      tools: z.array(mcpTool),
    })
    .meta({ id: 'McpServerCheck', description: 'What an MCP server said when it was connected to.' }),
);

const toolTest = answer<McpToolTest>(
  z
    .object({
      type: z.literal('mcp_tool_test'),
      outcome: z
        .enum(['success', 'error', 'failed'])
        .describe('`error`: the tool answered with an error. `failed`: it did not answer.'),
      problem: z.string().nullable().describe('Why there is no answer.'),
      ...{ remedy, output },
      connect_ms: connectMs,
      duration_ms: z.number().nullable().describe('Of the call alone; null where there is no answer.'),
      remarks,
      content: z.array(z.record(z.string(), z.unknown())).describe('As in `agent.mcp_tool_result`.'),
      structured: z.unknown().describe('The structured content of the result; null where it has none.'),
      is_cut: z.boolean().describe('Whether something of the result is left out.'),
    })
    .meta({ id: 'McpToolTest', description: 'A tool was run once, outside of any agent.' }),
);

const testBody = z
  .strictObject({
    tool: z.string().min(1).max(256).describe('The server’s own name of it.'),
    input: z.record(z.string(), z.unknown()).default({}),
  })
  .meta({ id: 'McpToolTestParams', examples: [{ tool: 'search', input: { query: 'tides' } }] });

/** The MCP servers of a plugin, for operators: their tools, and a test of one. */
export const pluginServerRoutes: FastifyPluginAsyncZod<PluginServerRoutesOptions> = async (app, { trials }) => {
  app.post(
    '/api/v1/plugins/:name/servers/:server/connect',
    {
      config: { action: 'plugin.test' },
      schema: {
        operationId: 'connectPluginServer',
        summary: 'Connect to an MCP server of an active plugin and list its tools; for operators',
        tags,
        params,
        response: { 200: serverCheck, ...failsWith(409, 529) },
      },
    },
    async (request, reply) => {
      const { name: plugin, server } = request.params;
      const outcome = await whileWaitedFor(request, reply, (signal) =>
        trials.list(getActor(request), { plugin, server, signal }),
      );
      return toCheck(outcome);
    },
  );

  app.post(
    '/api/v1/plugins/:name/servers/:server/test',
    {
      config: { action: 'plugin.test' },
      bodyLimit: MAX_INPUT_BYTES,
      schema: {
        operationId: 'testPluginTool',
        summary: 'Run a tool of an MCP server of an active plugin once, outside of any agent; for operators',
        tags,
        params,
        body: testBody,
        response: { 200: toolTest, ...failsWith(409, 529) },
      },
    },
    async (request, reply) => {
      const { name: plugin, server } = request.params;
      const outcome = await whileWaitedFor(request, reply, (signal) =>
        trials.call(getActor(request), { plugin, server, ...request.body, signal }),
      );
      return toTest(outcome);
    },
  );
};

function toCheck(outcome: TrialOutcome<ListedServer>): McpServerCheck {
  const common = {
    type: 'mcp_server_check',
    connect_ms: Math.round(outcome.connectMs),
    remarks: outcome.remarks,
  } as const;
  if (!outcome.ok)
    return {
      ...{ ...common, ...toWhy(outcome), state: outcome.needsSignIn ? 'needs_sign_in' : 'failed' },
      ...{ server_info: null, instructions: null, tools: [] },
    };
  const { info = null, instructions = null, problem = null, tools } = outcome.value;
  const why = { problem, remedy: null, output: null };
  return { ...common, ...why, state: 'ready', server_info: info, instructions, tools: toShownTools(tools) };
}

function toTest(outcome: TrialOutcome<ToolAnswer>): McpToolTest {
  const common = {
    type: 'mcp_tool_test',
    connect_ms: Math.round(outcome.connectMs),
    remarks: outcome.remarks,
  } as const;
  if (!outcome.ok)
    return {
      ...{ ...common, ...toWhy(outcome), outcome: 'failed', duration_ms: null },
      ...{ content: [], structured: null, is_cut: false },
    };
  const { isError, durationMs, content, structured, isCut } = outcome.value;
  return {
    ...{ ...common, outcome: isError ? 'error' : 'success', duration_ms: Math.round(durationMs) },
    ...{ problem: null, remedy: null, output: null },
    ...{ content, structured, is_cut: isCut },
  };
}

function toWhy({ problem, ...details }: TrialFailure): FaultDetailsResource & { problem: string } {
  return { problem, remedy: details.remedy ?? null, output: details.output ?? null };
}
