import type { SDKUserMessage } from '@anthropic-ai/claude-agent-sdk';

import type { CallPrompt } from '../permissions/call-prompt.ts';
import { toProblem, withoutPrefix } from './mcp/mcp-problem.ts';
import type { McpNotice } from './mcp/mcp-notices.ts';
import { readCommand, toCommandTags } from './mcp/prompt-text.ts';
import type { RelayPrompts } from './mcp/relay-prompts.ts';

/** A message of a user as the agent gets it; its uuid becomes the uuid of its transcript entry. */
export interface AgentInput {
  uuid: string;
  content: SDKUserMessage['message']['content'];
  /** True for a message of the platform, such as the one that continues a turn in a new process. */
  synthetic?: boolean;
}

export interface AgentInboxDeps {
  /** The prompts of the MCP server that has this command; undefined where none has. */
  findPrompts(command: string): RelayPrompts | undefined;
  callPrompt: CallPrompt;
  /** Hears what an MCP server has put in the place of a command. */
  onPrompt(text: string): void;
  onNotice(notice: McpNotice): void;
  /** Whether the process is being closed: what is sent then is dropped. */
  isClosed(): boolean;
  /** Takes each message, with the texts of the prompts that it names. */
  push(input: AgentInput): void;
}

/** Keeps the messages to one agent in order while the text of a prompt, or an MCP server, is waited for. */
export interface AgentInbox {
  send(input: AgentInput): void;
  /** What is sent until then waits. */
  holdUntil(ready: Promise<unknown>): void;
  /** Ends the wait for the text of a prompt: the message goes without it. */
  interrupt(): void;
}

export function createAgentInbox(deps: AgentInboxDeps): AgentInbox {
  /** Messages that wait for MCP servers of this session, or behind a prompt of one. */
  let waiting: AgentInput[] | undefined;
  /** Ends the wait for the text of a prompt. */
  let prompting: AbortController | undefined;

  function send(input: AgentInput): void {
    if (deps.isClosed()) return;
    if (waiting !== undefined) {
      waiting.push(input);
      return;
    }
    const expanding = expand(input);
    if (expanding === undefined) return deps.push(input);
    hold(expanding, (content) => {
      if (!deps.isClosed()) deps.push({ ...input, content });
    });
  }

  function hold<Value>(ready: Promise<Value>, onReady: (value: Value) => void): void {
    const held: AgentInput[] = [];
    waiting = held;
    void ready.then((value) => {
      waiting = undefined;
      onReady(value);
      for (const later of held) send(later);
    });
  }

  /**
   * Puts the prompts of MCP servers in the place of the commands that name them; undefined where there are none. Never rejects: the
   * agent is told of a prompt that could not be had.
   */
  function expand({ content }: AgentInput): Promise<AgentInput['content']> | undefined {
    const blocks = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content;
    const names = (block: (typeof blocks)[number]) => block.type === 'text' && findPrompts(block.text) !== undefined;
    if (!blocks.some(names)) return undefined;
    const asked = new AbortController();
    prompting = asked;
    return Promise.all(
      blocks.map(async (block) =>
        block.type === 'text' ? { ...block, text: await runPrompt(block.text, asked.signal) } : block,
      ),
    );
  }

  function findPrompts(text: string): RelayPrompts | undefined {
    const written = readCommand(text);
    return written && deps.findPrompts(written.command);
  }

  async function runPrompt(text: string, signal: AbortSignal): Promise<string> {
    const written = readCommand(text);
    if (written === undefined) return text;
    const { command, given } = written;
    try {
      const prompts = findPrompts(text);
      if (prompts === undefined || !(await prompts.has(command))) return text;
      const call = { toolName: command, input: { arguments: given } };
      const run = () => prompts.run(command, given, signal);
      const told = await deps.callPrompt(call, { run, signal });
      if (told === undefined) return text;
      deps.onPrompt(told);
      return told;
    } catch (error) {
      const why = `/${command} could not be run: ${withoutPrefix(toProblem(error))}`;
      deps.onNotice({ level: 'warning', text: `${why}.` });
      return `${toCommandTags(written)}\n[${why}. Tell the user, and do nothing else.]`;
    }
  }

  return {
    send,
    holdUntil: (ready) => hold(ready, () => undefined),
    interrupt: () => prompting?.abort(new Error('it was stopped')),
  };
}
