import { ErrorCode, McpError, type CallToolResult } from '@modelcontextprotocol/sdk/types.js';

import { toMcpServerName } from '../../definitions/mcp-tool-name.ts';
import { callAsTask, type SendToServer } from './call-as-task.ts';
import { findWriteRemedy } from './find-write-remedy.ts';
import type { KeptResults } from './kept-results.ts';
import { toAppReference, type McpApps } from './mcp-apps.ts';
import { toProblem, withoutPrefix } from './mcp-problem.ts';
import type { McpQuestions } from './mcp-questions.ts';
import type { McpUse } from './mcp-use.ts';
import { createNewestProgress } from './newest-progress.ts';
import type { RelayServerDeps } from './relay-server.ts';
import type { RelayedTools } from './relayed-tools.ts';
import type { RequiredPages } from './required-pages.ts';
import { toTextResult } from './to-text-result.ts';

export interface RelayCallsDeps {
  /** Name of the server in the agent's definition. */
  name: string;
  tools: RelayedTools;
  questions: Pick<McpQuestions, 'noteCallBegin' | 'noteCallEnd'>;
  pages: Pick<RequiredPages, 'call'>;
  use: Pick<McpUse, 'beginCall'>;
  /** Absent where apps are not shown. */
  apps: McpApps | undefined;
  keptResults: Pick<KeptResults, 'note'> | undefined;
  /** As `McpRelayOptions.takePermit`. */
  takePermit(call: { toolName: string; input: Readonly<Record<string, unknown>> }): boolean;
  send: SendToServer;
  /** Aborts when the relay is closed. */
  closed: AbortSignal;
  /** Whether the server wants somebody to sign in first. */
  needsSignIn(): boolean;
  /** The server has given a result. */
  onAnswered(): void;
}

/** The tool calls of one relay. */
export interface RelayCalls {
  call: RelayServerDeps['call'];
}

export function createRelayCalls(deps: RelayCallsDeps): RelayCalls {
  const { name: server, tools, questions, pages, send } = deps;

  return {
    async call(params, { signal, notify }) {
      const toolName = `mcp__${toMcpServerName(server)}__${params.name}`;
      const name = tools.findOriginal(toolName);
      if (name === undefined) throw new McpError(ErrorCode.InvalidParams, `There is no tool ${params.name}`);
      if (!deps.takePermit({ toolName, input: params.arguments ?? {} })) {
        throw new McpError(ErrorCode.InvalidRequest, 'This call was not decided, so it was not made. Make it again');
      }
      const { _meta: meta } = params;
      const progressToken = meta?.['progressToken'];
      const progress = createNewestProgress((newest) =>
        notify({ method: 'notifications/progress', params: { ...newest, progressToken } }),
      );
      const request = { method: 'tools/call', params: { name, arguments: params.arguments ?? {} } };
      const options = {
        signal: AbortSignal.any([signal, deps.closed]),
        ...(progressToken !== undefined && { onprogress: progress.add }),
      };
      questions.noteCallBegin();
      const endCall = deps.use.beginCall(name);
      try {
        const appUri = tools.findAppUri(toolName);
        // Read meanwhile, so that the result comes as soon as without an app.
        const opening = appUri === undefined ? undefined : deps.apps?.open(appUri, options.signal);
        const make = async () =>
          (await (tools.needsTask(toolName)
            ? callAsTask(send, request.params, options)
            : send(request, options))) as CallToolResult;
        const result = await pages.call(make, options.signal);
        if (result.isError === true)
          endCall('error', undefined, { remedy: findWriteRemedy(JSON.stringify(result.content)) });
        else endCall('ok');
        deps.onAnswered();
        const whole = toTextResult(result);
        const app = await opening;
        deps.keptResults?.note(
          meta?.['claudecode/toolUseId'],
          { ...result, content: whole.content.length > 0 ? whole.content : result.content },
          app && toAppReference(app, result),
        );
        return whole;
      } catch (error) {
        const outcome = options.signal.aborted ? 'stopped' : error instanceof McpError ? 'error' : 'failed';
        endCall(outcome, outcome === 'failed' ? toProblem(error) : undefined);
        if (error instanceof McpError) throw new McpError(error.code, withoutPrefix(error.message), error.data);
        const state = deps.needsSignIn() ? 'needs a sign-in, which this session shows people' : 'cannot be reached';
        const text = `The MCP server ${server} ${state}: ${toProblem(error)}`;
        return { isError: true, content: [{ type: 'text', text }] };
      } finally {
        questions.noteCallEnd();
        await progress.end();
      }
    },
  };
}
