import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Options, SDKMessage, SDKUserMessage } from '@anthropic-ai/claude-agent-sdk';
import { query } from '@anthropic-ai/claude-agent-sdk';

export interface ClaudeCode extends AsyncDisposable {
  workspace: string;
  /** Runs several turns in one process, by default against the first URL, and returns every message. */
  run(prompts: readonly string[], options?: Options, otherUrl?: string): Promise<SDKMessage[]>;
}

/** The real CLI with a home of its own and without the tests' environment. */
export async function createClaudeCode(baseUrl: string): Promise<ClaudeCode> {
  const home = await mkdtemp(join(tmpdir(), 'scripted-model-'));
  const workspace = join(home, 'workspace');
  await mkdir(workspace);
  return {
    workspace,
    run: (prompts, options = {}, otherUrl = baseUrl) =>
      run(prompts, { ...toOptions(otherUrl, home, workspace), ...options }),
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true, maxRetries: 5 }),
  };
}

function toOptions(baseUrl: string, home: string, cwd: string): Options {
  return {
    cwd,
    settingSources: [],
    permissionMode: 'bypassPermissions',
    allowDangerouslySkipPermissions: true,
    includePartialMessages: true,
    env: {
      HOME: home,
      CLAUDE_CONFIG_DIR: join(home, '.claude'),
      PATH: '/usr/local/bin:/usr/bin:/bin',
      ANTHROPIC_BASE_URL: baseUrl,
      ANTHROPIC_API_KEY: 'dummy',
      CLAUDE_CODE_ENABLE_TODO_TOOLS: '1',
      // The CLI refuses to run as root unless it is told that it runs in a sandbox.
      IS_SANDBOX: '1',
    },
  };
}

async function run(prompts: readonly string[], options: Options): Promise<SDKMessage[]> {
  let next = Promise.withResolvers<void>();
  async function* input(): AsyncGenerator<SDKUserMessage> {
    for (const content of prompts) {
      yield { type: 'user', message: { role: 'user', content }, parent_tool_use_id: null };
      await next.promise;
      next = Promise.withResolvers();
    }
  }
  const messages: SDKMessage[] = [];
  for await (const message of query({ prompt: input(), options })) {
    messages.push(message);
    if (message.type === 'result') next.resolve();
  }
  return messages;
}

/** The text of each turn's result. */
export function toResults(messages: readonly SDKMessage[]): string[] {
  return messages.flatMap((message) =>
    message.type === 'result' ? [message.subtype === 'success' ? message.result : message.subtype] : [],
  );
}
