/**
 * Records what the real CLI says to the fixtures of translate.test.ts: every stream of `support/recordings.ts`, or
 * those whose names are given. Run it when the SDK has been raised, and read the difference.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { query, type SDKMessage, type SDKUserMessage } from '@anthropic-ai/claude-agent-sdk';
import { startScriptedModel } from '@claude-sdk-pattern/scripted-model';
import { until } from '@claude-sdk-pattern/testkit';

import { toAgentEnvironment } from '../src/agent-process/agent-environment.ts';
import { toDefaultProfileSettings } from '../src/agent-process/options/default-settings.ts';
import { buildOptions } from '../src/agent-process/options/build-options.ts';
import { createAsyncQueue } from '../src/lib/async-queue.ts';
import { RECORDINGS, type RecordedAgent, type Recording } from './support/recordings.ts';
import { createSanitizer } from './support/sanitize-messages.ts';

const FIXTURES = join(import.meta.dirname, '../src/agent-process/translate/fixtures');

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(RECORDINGS);
await mkdir(FIXTURES, { recursive: true });
for (const name of names) {
  const recording = RECORDINGS[name];
  if (recording === undefined) throw new Error(`There is no recording ${name}`);
  const lines = await record(recording);
  await writeFile(join(FIXTURES, `${name}.jsonl`), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  process.stdout.write(`${name}: ${lines.length} messages\n`);
}

async function record(recording: Recording): Promise<unknown[]> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'csp-record-')));
  const dirs = {
    workspace: join(root, 'workspace'),
    home: join(root, 'home'),
    config: join(root, 'config'),
    tmp: join(root, 'tmp'),
  };
  await Promise.all(Object.values(dirs).map((dir) => mkdir(dir)));
  await using model = await startScriptedModel({ scenarios: recording.scenarios });
  const environment = toAgentEnvironment({
    dirs,
    gatewayUrl: model.url,
    token: 'token',
    path: '/usr/local/bin:/usr/bin:/bin',
    modelMaxRetries: 5,
    backgroundTasks: true,
  });
  const { planMode = false } = recording;
  const settings = toDefaultProfileSettings();
  const agentSessionId = randomUUID();
  const profile = { dirs, environment, agentSessionId, resume: false, model: undefined, planMode, settings };
  const input = createAsyncQueue<SDKUserMessage>();
  const messages: SDKMessage[] = [];
  const running = query({ prompt: input, options: { ...buildOptions(profile), ...recording.options } });
  const read = (async () => {
    for await (const message of running) messages.push(message);
  })();

  const count = (predicate: (message: SDKMessage) => boolean) => messages.filter((each) => predicate(each)).length;
  const isEnd = (message: SDKMessage) => message.type === 'result';
  const agent: RecordedAgent = {
    send: (text) => input.push(toUserMessage(text)),
    async interrupt() {
      await running.interrupt();
    },
    waitFor: async (predicate, wanted = 1) => void (await until('the message', () => count(predicate) >= wanted)),
    async turn(text) {
      const before = count(isEnd);
      agent.send(text);
      await agent.waitFor(isEnd, before + 1);
    },
  };
  try {
    await recording.play(agent);
    input.end();
    // After a turn that ended with an error the SDK throws it once more at the end of the input.
    await read.catch(() => undefined);
  } catch (error) {
    process.stderr.write(`${messages.map((each) => JSON.stringify(each).slice(0, 300)).join('\n')}\n`);
    throw error;
  } finally {
    running.close();
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  }
  return messages.map(createSanitizer({ [dirs.workspace]: '/workspace', [root]: '/session' }));
}

/** In blocks and with an id, as the platform hands messages on. */
function toUserMessage(text: string): SDKUserMessage {
  const message = { role: 'user' as const, content: [{ type: 'text' as const, text }] };
  return { type: 'user', message, parent_tool_use_id: null, uuid: randomUUID() };
}
