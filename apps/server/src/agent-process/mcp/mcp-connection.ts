import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport, StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { RequestOptions } from '@modelcontextprotocol/sdk/shared/protocol.js';
import {
  ElicitationCompleteNotificationSchema,
  ElicitRequestSchema,
  ToolListChangedNotificationSchema,
  type ElicitRequest,
  type Implementation,
} from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';

import type { ElicitationAnswer } from '../../permissions/elicitation.ts';
import { createBoundedFetch } from './bounded-fetch.ts';
import type { FloodError, ReadBudget } from './read-budget.ts';

/** A tool as its server lists it; the fields beside these are passed on as they are. */
export interface ListedTool {
  name: string;
  inputSchema: { type: 'object' };
  [field: string]: unknown;
}

export interface ToolList {
  tools: ListedTool[];
  /** Why it is not all of them, as a clause for people; undefined when it is. */
  problem: string | undefined;
}

export interface McpConnectionOptions {
  url: string;
  /** Of the server; the connections to it share it. */
  budget: ReadBudget;
  /** The server asks the user something. The signal aborts when it no longer waits for the answer. */
  onQuestion(params: ElicitRequest['params'], signal: AbortSignal): Promise<ElicitationAnswer>;
  onToolsChanged(): void;
  /** People are done with a page that the server had them open. */
  onPageDone(elicitationId: string): void;
  /** The server has sent too much for too long. The connection closes, and its requests reject with the error. */
  onFlood(connection: McpConnection, error: FloodError): void;
}

/** Also a server that starts slowly is waited for; the agent works without it meanwhile. */
const CONNECT_TIMEOUT_MS = 60_000;
const LIST_TIMEOUT_MS = 30_000;
const MAX_PAGES = 100;
const MAX_TOOLS = 1000;
const MAX_TOOL_NAME_CHARS = 256;
/** Of all tools of a server together: they are kept, and passed on in one answer. Far more than a model can read. */
const MAX_LIST_CHARS = 8 * 1024 * 1024;
/** While a call runs, the server is asked this often whether it is still there. */
const PING_INTERVAL_MS = 15_000;
const PING_TIMEOUT_MS = 10_000;
/** Longer than any call: calls are ended by people, by the end of the turn and by unanswered pings. */
const CALL_TIMEOUT_MS = 24 * 60 * 60 * 1000;

const CLIENT: Implementation = { name: 'claude-sdk-pattern', version: '1' };

const anything = z.looseObject({});
const toolPage = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.string().optional() });
const listedTool = z.looseObject({
  name: z.string().min(1).max(MAX_TOOL_NAME_CHARS),
  inputSchema: z.looseObject({ type: z.literal('object') }),
});

/** One connection to an MCP server over HTTP. When it is lost, a new one is made. */
export class McpConnection {
  readonly #client: Client;
  readonly #transport: StreamableHTTPClientTransport;
  /** Aborts with the reason. */
  readonly #flooded = new AbortController();
  #pending = 0;
  #isRetired = false;

  private constructor(options: McpConnectionOptions) {
    const { budget } = options;
    const onFlood = (error: FloodError) => {
      if (this.#flooded.signal.aborted) return;
      this.#flooded.abort(error);
      options.onFlood(this, error);
      void this.close();
    };
    const transportOptions = { fetch: createBoundedFetch({ budget, onFlood }) };
    this.#transport = new StreamableHTTPClientTransport(new URL(options.url), transportOptions);
    this.#client = new Client(CLIENT, { capabilities: { elicitation: { form: {}, url: {} } } });
    this.#client.setRequestHandler(ElicitRequestSchema, ({ params }, { signal }) => options.onQuestion(params, signal));
    this.#client.setNotificationHandler(ToolListChangedNotificationSchema, () => options.onToolsChanged());
    this.#client.setNotificationHandler(ElicitationCompleteNotificationSchema, ({ params }) =>
      options.onPageDone(params.elicitationId),
    );
  }

  /** Rejects when the server cannot be reached, refuses, or answers no MCP, and when the signal aborts. */
  static async open(options: McpConnectionOptions, signal: AbortSignal): Promise<McpConnection> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_TIMEOUT_MS)]);
    limit.throwIfAborted();
    const connection = new McpConnection(options);
    // The SDK sends its last message of this without a signal or a timeout (1.32.2).
    const giveUp = () => void connection.close();
    limit.addEventListener('abort', giveUp, { once: true });
    try {
      // Its types are not made for exactOptionalPropertyTypes.
      const transport = connection.#transport as unknown as Parameters<Client['connect']>[0];
      await connection.#client.connect(transport, { timeout: CONNECT_TIMEOUT_MS, signal: limit });
      return connection;
    } catch (error) {
      await connection.close();
      const flooded = connection.#flooded.signal;
      throw flooded.aborted ? flooded.reason : limit.aborted ? limit.reason : error;
    } finally {
      limit.removeEventListener('abort', giveUp);
    }
  }

  get instructions(): string | undefined {
    return this.#client.getInstructions();
  }

  /** All pages of its tools. What was read stays when a later page fails; rejects when already the first one does. */
  async listTools(signal: AbortSignal): Promise<ToolList> {
    const tools = new Map<string, ListedTool>();
    let unusable = 0;
    let chars = 0;
    let cursor: string | undefined;
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      let answer: z.infer<typeof toolPage>;
      try {
        const params = cursor === undefined ? {} : { cursor };
        const options = { timeout: LIST_TIMEOUT_MS, signal };
        answer = await this.#client.request({ method: 'tools/list', params }, toolPage, options);
      } catch (error) {
        if (page === 1) throw error;
        return { tools: [...tools.values()], problem: `page ${page} of its tools failed: ${toProblem(error)}` };
      }
      for (const each of answer.tools) {
        const tool = listedTool.safeParse(each);
        if (!tool.success) {
          unusable += 1;
          continue;
        }
        chars += JSON.stringify(each).length;
        if (chars > MAX_LIST_CHARS) {
          return { tools: [...tools.values()], problem: 'its tools are described with more than 8 MB' };
        }
        tools.set(tool.data.name, tool.data);
      }
      if (tools.size > MAX_TOOLS) {
        return { tools: [...tools.values()].slice(0, MAX_TOOLS), problem: `it lists more than ${MAX_TOOLS} tools` };
      }
      cursor = answer.nextCursor;
      if (cursor === undefined) {
        const problem = unusable === 0 ? undefined : `${unusable} of its tools have no usable name or input schema`;
        return { tools: [...tools.values()], problem };
      }
    }
    return { tools: [...tools.values()], problem: `it lists more than ${MAX_PAGES} pages of tools` };
  }

  has(capability: 'tools' | 'prompts' | 'resources'): boolean {
    return this.#client.getServerCapabilities()?.[capability] !== undefined;
  }

  /** Throws the `FloodError` that has closed it, if one has. */
  throwIfFlooded(): void {
    this.#flooded.signal.throwIfAborted();
  }

  /** Sends any other request and answers as the server does. Rejects when the server stops answering meanwhile. */
  async request(
    request: { method: string; params?: Record<string, unknown> },
    options: Pick<RequestOptions, 'onprogress'> & { signal: AbortSignal },
  ): Promise<Record<string, unknown>> {
    const lost = new AbortController();
    this.#pending += 1;
    const ping = setInterval(() => {
      this.#client.ping({ timeout: PING_TIMEOUT_MS }).catch((error: unknown) => lost.abort(error));
    }, PING_INTERVAL_MS);
    const ended = AbortSignal.any([this.#flooded.signal, lost.signal]);
    const signal = AbortSignal.any([options.signal, ended]);
    try {
      return await this.#client.request(request, anything, { ...options, signal, timeout: CALL_TIMEOUT_MS });
    } catch (error) {
      throw ended.aborted ? ended.reason : error;
    } finally {
      clearInterval(ping);
      this.#pending -= 1;
      if (this.#isRetired && this.#pending === 0) await this.close();
    }
  }

  /** Closes as soon as no request runs over it. */
  async retire(): Promise<void> {
    this.#isRetired = true;
    if (this.#pending === 0) await this.close();
  }

  /** Resolves when nothing of the connection is left in this process. */
  async close(): Promise<void> {
    await this.#client.close();
  }
}

/**
 * Whether the server does not know the connection any more, such as after a restart. Then the request was not carried
 * out, and a new connection is needed. The specification says 404; servers made from the SDK's examples answer 400.
 */
export function isForgotten(error: unknown): boolean {
  return error instanceof StreamableHTTPError && (error.code === 404 || error.code === 400);
}

const MAX_PROBLEM_CHARS = 200;

/**
 * What went wrong, as a clause for people. Never quotes the body of an answer that is not MCP: the URL may lead to a
 * service that only this machine reaches, and whoever wrote it must not read that service here. The SDK's errors (1.32.2)
 * quote it.
 */
export function toProblem(error: unknown): string {
  if (error instanceof StreamableHTTPError && error.code !== undefined && error.code > 0)
    return `it answered with HTTP status ${error.code}`;
  if (error instanceof SyntaxError) return 'its answer is not JSON';
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const text = cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : String(cause);
  const line = withoutPrefix(text)
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  return line.length > MAX_PROBLEM_CHARS ? `${line.slice(0, MAX_PROBLEM_CHARS)} …` : line;
}

/** Each error of the SDK begins with its code, repeated for every layer that passed it on. */
export function withoutPrefix(message: string): string {
  return message.replace(/^(?:MCP error -?\d+: )+/, '');
}
