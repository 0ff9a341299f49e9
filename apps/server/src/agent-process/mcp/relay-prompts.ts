import { z } from 'zod';

import { toMcpToolName } from '../../definitions/mcp-tool-name.ts';
import { fillArguments, toPromptText, type PromptArgument } from './prompt-text.ts';

/** A prompt of an MCP server, as a command that a message can begin with. */
export interface McpPrompt {
  /** `mcp__SERVER__PROMPT`. */
  command: string;
  /** The server's own name of it. */
  name: string;
  description: string;
  arguments: readonly PromptArgument[];
}

export interface RelayPromptsDeps {
  /** Name of the server in the agent's definition. */
  server: string;
  /** Whether the server is there and has prompts. */
  hasPrompts(): boolean;
  /** Whether the agent may have what has this name. */
  isOffered(command: string): boolean;
  send(
    request: { method: string; params?: Record<string, unknown> },
    options: { signal: AbortSignal },
  ): Promise<Record<string, unknown>>;
  /** By `performance.now()`. */
  nowMs?: () => number;
}

/** The prompts of one MCP server. */
export interface RelayPrompts {
  /** Empty where it has none or is not there. Rejects when it fails, or does not answer in time. */
  list(): Promise<readonly McpPrompt[]>;
  has(command: string): Promise<boolean>;
  /**
   * What a command with these arguments stands for: one text for the agent. Undefined where the server has no such prompt.
   * Rejects with an Error for people when arguments are missing or the server fails.
   */
  run(command: string, given: string, signal: AbortSignal): Promise<string | undefined>;
}

const LIST_TIMEOUT_MS = 3000;
const GET_TIMEOUT_MS = 30_000;
/** A list is asked for again after that, so that changes are seen. */
const FRESH_MS = 5000;
const MAX_PAGES = 10;
const MAX_PROMPTS = 200;
/** Of all pages together. A text that is cut keeps the whole in memory. */
const MAX_LIST_CHARS = 1024 * 1024;
const MAX_DESCRIPTION_CHARS = 160;

const argument = z.looseObject({ name: z.string().min(1).max(64), required: z.boolean().optional() });
const listed = z.looseObject({
  name: z.string().min(1).max(256),
  title: z.string().optional(),
  description: z.string().optional(),
  arguments: z.array(argument).max(20).optional(),
});
const page = z.looseObject({ prompts: z.array(z.unknown()), nextCursor: z.string().optional() });

/**
 * Claude Code (2.1.332) makes commands of the prompts of servers that it connects to itself, and not of those that it gets from
 * the SDK, as it gets every server here.
 */
export function createRelayPrompts(deps: RelayPromptsDeps): RelayPrompts {
  const { nowMs = () => performance.now() } = deps;
  let known: { prompts: readonly McpPrompt[]; atMs: number } | undefined;

  const read = async (): Promise<readonly McpPrompt[]> => {
    const prompts = new Map<string, McpPrompt>();
    const signal = AbortSignal.timeout(LIST_TIMEOUT_MS);
    let cursor: string | undefined;
    let chars = 0;
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      const params = cursor === undefined ? {} : { cursor };
      const answer = page.parse(await deps.send({ method: 'prompts/list', params }, { signal }));
      for (const each of answer.prompts) {
        chars += JSON.stringify(each)?.length ?? 0;
        if (chars > MAX_LIST_CHARS) return [...prompts.values()];
        const prompt = toPrompt(deps.server, each);
        const isNew = prompt !== undefined && prompts.size < MAX_PROMPTS && !prompts.has(prompt.command);
        if (isNew && deps.isOffered(prompt.command)) prompts.set(prompt.command, prompt);
      }
      cursor = answer.nextCursor;
      if (cursor === undefined) break;
    }
    return [...prompts.values()];
  };

  const list = async () => {
    if (!deps.hasPrompts()) return [];
    if (known === undefined || nowMs() - known.atMs > FRESH_MS) known = { prompts: await read(), atMs: nowMs() };
    return known.prompts;
  };

  return {
    list,
    has: async (command) => (await list()).some((prompt) => prompt.command === command),
    async run(command, given, signal) {
      const prompt = (await list()).find((each) => each.command === command);
      if (prompt === undefined) return undefined;
      const params = { name: prompt.name, arguments: fillArguments(prompt, given) };
      const limit = AbortSignal.any([signal, AbortSignal.timeout(GET_TIMEOUT_MS)]);
      return toPromptText({ command, given }, await deps.send({ method: 'prompts/get', params }, { signal: limit }));
    },
  };
}

function toPrompt(server: string, value: unknown): McpPrompt | undefined {
  const { data } = listed.safeParse(value);
  if (data === undefined) return undefined;
  const { name, title, description } = data;
  return {
    command: toMcpToolName({ server, tool: name }),
    name,
    description: (description ?? title ?? name).replaceAll(/\s+/g, ' ').trim().slice(0, MAX_DESCRIPTION_CHARS),
    arguments: (data.arguments ?? []).map((each) => ({ name: each.name, isRequired: each.required === true })),
  };
}
