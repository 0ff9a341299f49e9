import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import type { CallToolResult, Tool } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';

import type { EndpointRequest } from '../define-endpoint.ts';
import type { HookEvent, HookInputs } from '../define-hook.ts';
import type { Json } from '../json.ts';
import type { ToolProgress } from '../plugin-context.ts';
import { DEFAULT_LIMITS, type PluginJob, type PluginLimits } from '../runner/plugin-job.ts';
import { PluginRunner } from '../runner/plugin-runner.ts';
import type { HookOutcome } from '../runner/run-hook.ts';

export interface OpenPluginOptions {
  configuration?: Record<string, Json>;
  secrets?: Record<string, string>;
  /** Absolute path; by default a folder that is removed in the end. */
  workspace?: string;
  /** In place of those of the manifest. */
  limits?: Partial<PluginLimits>;
  /** How long a call that was stopped may go on before its thread is replaced; 1000 by default. */
  stopTimeoutMs?: number;
}

export interface CallToolOptions {
  signal?: AbortSignal;
  onProgress?: (progress: ToolProgress) => void;
}

/** A plugin that runs as it does on the platform. */
export interface OpenedPlugin extends AsyncDisposable {
  readonly tools: readonly Tool[];
  /** What of the plugin cannot be used, as sentences. */
  readonly problems: readonly string[];
  /** What the plugin wrote to its log and its output. */
  readonly output: readonly string[];
  readonly workspace: string;
  callTool(name: string, input?: Record<string, unknown>, options?: CallToolOptions): Promise<CallToolResult>;
  /** The text of an answer. Rejects with it where the call failed. */
  callForText(name: string, input?: Record<string, unknown>, options?: CallToolOptions): Promise<string>;
  /** Sends a request to an endpoint; `path` is below `/plugins/NAME`. By default a user asks. */
  fetch(path: string, init?: RequestInit & { actor?: EndpointRequest['actor'] }): Promise<Response>;
  /**
   * Asks the hooks of an event, as the platform does. `deny` and `ask` are the strictest, `contexts` all texts for the agent.
   * Rejects with an Error for people where one fails. What is left out of `input` is made up.
   */
  callHook<Event extends HookEvent>(event: Event, input: Partial<HookInputs[Event]>): Promise<HookOutcome>;
  close(): Promise<void>;
}

const TEST_ACTOR: EndpointRequest['actor'] = { id: 'user_test', role: 'user' };

const manifestText = z.object({
  name: z.string(),
  version: z.string().optional(),
  csp: z
    .object({
      tools: z.object({ module: z.string(), names: z.array(z.string()) }).optional(),
      endpoints: z.object({ module: z.string() }).optional(),
      hooks: z.object({ module: z.string(), events: z.array(z.string()) }).optional(),
      limits: z.object({ memory_mb: z.number(), timeout_ms: z.number(), concurrency: z.number() }).partial().optional(),
    })
    .optional(),
});

/**
 * Opens the folder of a plugin that has tools or endpoints, in threads with its limits, as the platform does in a process
 * of its own. Rejects with an Error for people where the plugin cannot be used.
 */
export async function openPlugin(dir: string, options: OpenPluginOptions = {}): Promise<OpenedPlugin> {
  await using opening = new AsyncDisposableStack();
  const {
    name,
    version = '0.0.0',
    csp = {},
  } = manifestText.parse(JSON.parse(await readFile(join(dir, '.claude-plugin/plugin.json'), 'utf8')));
  const { memory_mb, timeout_ms, concurrency } = csp.limits ?? {};
  const limits = {
    memoryMb: memory_mb ?? DEFAULT_LIMITS.memoryMb,
    timeoutMs: timeout_ms ?? DEFAULT_LIMITS.timeoutMs,
    concurrency: concurrency ?? DEFAULT_LIMITS.concurrency,
    ...options.limits,
  };
  const workspace = options.workspace ?? (await mkdtemp(join(tmpdir(), 'plugin-')));
  if (options.workspace === undefined) opening.defer(() => rm(workspace, { recursive: true, force: true }));
  const output: string[] = [];
  const open = async (part: PluginJob['part'], module: string, toolNames: string[]) => {
    const { configuration = {}, secrets = {}, stopTimeoutMs } = options;
    const job = {
      part,
      plugin: name,
      version,
      module: resolve(dir, module),
      toolNames,
      configuration,
      secrets,
      limits,
    };
    const runner = new PluginRunner(job, {
      workspace,
      ...(stopTimeoutMs !== undefined && { stopTimeoutMs }),
      onLog: (level, message) => output.push(`${level}: ${message}`),
      onOutput: (text) => output.push(text),
    });
    opening.defer(() => runner.close());
    return { runner, offer: await runner.start() };
  };
  const tools = csp.tools && (await open('tools', csp.tools.module, csp.tools.names));
  const endpoints = csp.endpoints && (await open('endpoints', csp.endpoints.module, []));
  const hooks = csp.hooks && (await open('hooks', csp.hooks.module, csp.hooks.events));
  const opened = opening.move();
  const callTool: OpenedPlugin['callTool'] = async (tool, input, { signal, onProgress } = {}) => {
    if (tools === undefined) throw new Error('The plugin has no tools: its manifest names no csp.tools');
    return await tools.runner.callTool({ tool, input }, { signal: signal ?? new AbortController().signal, onProgress });
  };
  return {
    tools: tools?.offer.tools ?? [],
    problems: [
      ...(tools?.offer.problems ?? []),
      ...(endpoints?.offer.problems ?? []),
      ...(hooks?.offer.problems ?? []),
    ],
    ...{ output, workspace, callTool },
    async callForText(tool, input, callOptions) {
      const { content, isError } = await callTool(tool, input, callOptions);
      const text = content.map((each) => (each.type === 'text' ? each.text : `[${each.type}]`)).join('\n');
      if (isError === true) throw new Error(text);
      return text;
    },
    async fetch(path, { actor = TEST_ACTOR, ...init } = {}) {
      if (endpoints === undefined) throw new Error('The plugin has no endpoints: its manifest names no csp.endpoints');
      const request = new Request(new URL(path, 'http://plugin'), init);
      const { pathname, search } = new URL(request.url);
      const answer = await endpoints.runner.request(
        {
          ...{ method: request.method, url: pathname + search, headers: [...request.headers], actor },
          body: new Uint8Array(await request.arrayBuffer()),
        },
        { signal: request.signal },
      );
      // A Response with one of these must have no body.
      const hasBody = ![101, 204, 205, 304].includes(answer.status);
      return new Response(hasBody ? answer.body : null, { status: answer.status, headers: answer.headers });
    },
    async callHook(event, input) {
      if (hooks === undefined) throw new Error('The plugin has no hooks: its manifest names no csp.hooks');
      const whole = { sessionId: 'sesn_test', cwd: workspace, ...input } as Record<string, Json>;
      return await hooks.runner.callHook({ event, input: whole }, { signal: new AbortController().signal });
    },
    close: () => opened.disposeAsync(),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
