import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import {
  query,
  startup,
  type CanUseTool,
  type Options,
  type Query,
  type SDKMessage,
  type SDKUserMessage,
} from '@anthropic-ai/claude-agent-sdk';
import { createWorkspaceDir, waitUntilGone } from '@claude-sdk-pattern/testkit';

import { toAgentEnvironment } from '../../../apps/server/src/agent-process/agent-environment.ts';
import { toDefaultProfileSettings } from '../../../apps/server/src/agent-process/options/default-settings.ts';
import { buildOptions } from '../../../apps/server/src/agent-process/options/build-options.ts';
import { makeSessionDirs, toSessionDirs } from '../../../apps/server/src/workspaces/session-dirs.ts';
import { createAsyncQueue } from '../../../apps/server/src/lib/async-queue.ts';
import type { Chat } from './chat.ts';
import { startTurnWatch, type TurnWatch } from './turn-watch.ts';

/** The PATH of agent processes, as the platform sets it by default. */
const AGENT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface BareChat extends Chat {
  /** The marker with which `listProcesses` finds the chat's processes. */
  readonly marker: string;
}

export interface BareChatOptions {
  /** Starts the process with `startup()` before the chat is returned. Otherwise it starts with the first message. */
  started?: boolean;
  /** None by default. Connected when the chat is returned, if the process is started. */
  mcpServers?: NonNullable<Options['mcpServers']>;
}

/**
 * The Agent SDK as a program uses it without the platform: `query()` with streaming input, directly to the model, in
 * this process. Options and environment are the platform's. So is a `canUseTool`, without which Claude Code offers
 * three tools less and sends a shorter request. Transcript store, hook and launcher are left out, so that their cost
 * counts as the platform's.
 */
export async function openBareChat(
  modelUrl: string,
  { started = false, mcpServers = {} }: BareChatOptions = {},
): Promise<BareChat> {
  let watch: TurnWatch | undefined;
  const bare = await openBareQuery(modelUrl, {
    ...{ started, mcpServers },
    onMessage: (message) => note(message, watch),
    onEnd: (error) => watch?.failed(error),
  });
  return {
    marker: bare.marker,
    say(text) {
      watch = startTurnWatch();
      bare.send(text);
      return watch.timing;
    },
    [Symbol.asyncDispose]: () => bare[Symbol.asyncDispose](),
  };
}

export interface BareQuery extends AsyncDisposable {
  readonly marker: string;
  send: (text: string) => void;
}

export interface BareQueryOptions extends BareChatOptions {
  onMessage: (message: SDKMessage) => void;
  /** The process has ended. */
  onEnd: (error: Error) => void;
}

/** The same, for callers that read the messages themselves. */
export async function openBareQuery(
  modelUrl: string,
  { started = false, mcpServers = {}, onMessage, onEnd }: BareQueryOptions,
): Promise<BareQuery> {
  const home = await createWorkspaceDir();
  const dirs = toSessionDirs(join(home.path, 'data'), 'bare');
  await makeSessionDirs(dirs);
  const environment = toAgentEnvironment({
    dirs,
    gatewayUrl: modelUrl,
    token: 'bench-key',
    path: AGENT_PATH,
    modelMaxRetries: 5,
    backgroundTasks: true,
  });
  const { sessionStoreFlush: _, ...built } = buildOptions({
    dirs,
    environment,
    agentSessionId: randomUUID(),
    resume: false,
    model: undefined,
    planMode: false,
    settings: toDefaultProfileSettings(),
  });
  const options = { ...built, mcpServers, canUseTool };
  const warm = started ? await startup({ options }) : undefined;
  const input = createAsyncQueue<SDKUserMessage>();
  let running: Query | undefined;
  let reading: Promise<void> = Promise.resolve();

  const read = async (messages: Query) => {
    try {
      for await (const message of messages) onMessage(message);
      onEnd(new Error('The bare process ended'));
    } catch (error) {
      onEnd(error instanceof Error ? error : new Error(String(error)));
    }
  };

  return {
    marker: home.path,
    send(text) {
      input.push({ type: 'user', message: { role: 'user', content: text }, parent_tool_use_id: null });
      if (running !== undefined) return;
      running = warm === undefined ? query({ prompt: input, options }) : warm.query(input);
      reading = read(running);
    },
    async [Symbol.asyncDispose]() {
      input.end();
      running?.close();
      if (running === undefined) warm?.close();
      await reading;
      await waitUntilGone(home.path);
      await home[Symbol.asyncDispose]();
    },
  };
}

/** Never called, because the scripted model calls no tool. */
const canUseTool: CanUseTool = () => Promise.resolve({ behavior: 'deny', message: 'The bench calls no tools' });

function note(message: SDKMessage, watch: TurnWatch | undefined): void {
  if (message.type === 'result') {
    if (message.subtype === 'success' && !message.is_error) watch?.sawEnd();
    else watch?.failed(new Error(`A bare turn failed: ${message.subtype}`));
    return;
  }
  if (message.type !== 'stream_event' || message.event.type !== 'content_block_delta') return;
  if (message.event.delta.type === 'text_delta') watch?.sawText();
}
