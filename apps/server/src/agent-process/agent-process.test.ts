import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';

import type { SDKMessage, SessionStore } from '@anthropic-ai/claude-agent-sdk';
import { hang, say, startScriptedModel, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { createWorkspaceDir, killProcesses, listProcesses, until, waitUntilGone } from '@claude-sdk-pattern/testkit';
import { describe, expect, it } from 'vitest';

import { openStore } from '../store/open-store.ts';
import { createLogger } from '../telemetry/logger.ts';
import { toAgentEnvironment } from './agent-environment.ts';
import { AgentProcess } from './agent-process.ts';
import type { Launcher } from './launchers/launcher.ts';
import { localLauncher } from './launchers/local.ts';
import { toSessionDirs } from './session-dirs.ts';
import { createTranscriptStore } from './transcript-store.ts';

const scenarios: Scenario[] = [
  {
    match: { userText: 'leave a child' },
    reply: [useTool('Bash', { command: 'setsid tail -f /dev/null >/dev/null 2>&1 & echo left' }), say('Left it.')],
  },
  { match: { userText: 'hang' }, reply: [[say('One half'), hang()]] },
  { reply: [say('Hello.')] },
];

/** A process of the real CLI that is not started yet, with folders, a model and a store of its own. */
async function createAgent(options: { launcher?: Launcher; load?: SessionStore['load']; resume?: boolean } = {}) {
  const data = await createWorkspaceDir();
  const model = await startScriptedModel({ scenarios });
  const store = await openStore({ url: 'sqlite::memory:' });
  const agentSessionId = randomUUID();
  const dirs = toSessionDirs(data.path, agentSessionId);
  const environment = toAgentEnvironment({
    dirs,
    gatewayUrl: model.url,
    token: 'token',
    path: '/usr/local/bin:/usr/bin:/bin',
    marker: `csp-test/${agentSessionId}`,
  });
  const sessionStore = createTranscriptStore(store.transcripts);
  const agent = new AgentProcess({
    profile: { dirs, environment, agentSessionId, resume: options.resume ?? false, model: undefined, planMode: false },
    launcher: options.launcher ?? localLauncher,
    sessionStore: { ...sessionStore, ...(options.load && { load: options.load }) },
    logger: createLogger({ level: 'silent' }),
  });
  const messages: SDKMessage[] = [];
  agent.bind({
    canUseTool: async (_name, input) => ({ behavior: 'allow', updatedInput: input }),
    beforeToolUse: async () => ({}),
    onMessage: async (message) => void messages.push(message),
  });
  const send = (text: string) => agent.send({ uuid: randomUUID(), content: [{ type: 'text', text }] });
  return {
    agent,
    messages,
    /** Found in the command line, environment or folder of all its processes. */
    marker: data.path,
    send,
    waitForResult: () => until('the result', () => messages.some((message) => message.type === 'result')),
    async [Symbol.asyncDispose]() {
      await agent.close();
      await killProcesses(data.path);
      await model.close();
      await store.close();
      await data[Symbol.asyncDispose]();
    },
  };
}

/** More than a pipe holds. */
const MUCH = 'head -c 1000000 /dev/zero | tr "\\0" x';
const isExpected = { expected: true };

describe('an agent process', () => {
  it('answers, and is gone with everything of it when it is closed', async () => {
    await using made = await createAgent();
    await made.agent.start();
    made.send('hi');
    await made.waitForResult();
    await Promise.all([made.agent.close(), made.agent.close()]);
    expect(await made.agent.exited).toMatchObject(isExpected);
    await waitUntilGone(made.marker);
  });

  it('takes with it what its tools left behind, also what changed its session', async () => {
    await using made = await createAgent();
    await made.agent.start();
    made.send('leave a child');
    await made.waitForResult();
    expect((await listProcesses(made.marker)).some(({ command }) => command.startsWith('tail'))).toBe(true);
    await made.agent.close();
    await waitUntilGone(made.marker);
  });

  it('says that it was killed, and leaves nothing', async () => {
    await using made = await createAgent();
    await made.agent.start();
    made.send('leave a child');
    await made.waitForResult();
    process.kill(made.agent.pid ?? 0, 'SIGKILL');
    expect(await made.agent.exited).toMatchObject({ expected: false, reason: expect.stringContaining('SIGKILL') });
    await waitUntilGone(made.marker);
  });

  it('can be closed in the middle of a turn', async () => {
    await using made = await createAgent();
    await made.agent.start();
    made.send('hang');
    await until('the answer has begun', () => made.messages.some((message) => message.type === 'stream_event'));
    await made.agent.close();
    expect(await made.agent.exited).toMatchObject(isExpected);
    await waitUntilGone(made.marker);
  });

  it('is never started when it was closed before', async () => {
    await using made = await createAgent();
    await made.agent.close();
    await expect(made.agent.start()).rejects.toThrow('closed before');
    expect(await made.agent.exited).toMatchObject(isExpected);
    expect(made.agent.pid).toBeUndefined();
  });

  it('is not left running when it is closed while its transcript is being read', async () => {
    const loading = Promise.withResolvers<void>();
    const loaded = Promise.withResolvers<null>();
    await using made = await createAgent({
      resume: true,
      load: () => {
        loading.resolve();
        return loaded.promise;
      },
    });
    const started = made.agent.start().catch(() => 'refused');
    await loading.promise;
    const closed = made.agent.close();
    loaded.resolve(null);
    await closed;
    expect(await started).toBe('refused');
    expect(await made.agent.exited).toMatchObject(isExpected);
    await waitUntilGone(made.marker);
  });
});

describe('a start that fails', () => {
  it('rejects when the program ends at once, and says what it wrote last, however much that was', async () => {
    const launcher: Launcher = {
      name: 'local',
      launch: ({ env }) =>
        spawn('/bin/sh', ['-c', `${MUCH} >&2; echo no room >&2; exit 3`], { env: { ...env }, detached: true }),
    };
    await using made = await createAgent({ launcher });
    await expect(made.agent.start()).rejects.toThrow();
    expect(await made.agent.exited).toMatchObject({ expected: false, reason: expect.stringContaining('no room') });
  });

  it('rejects when the program is not there', async () => {
    const launcher: Launcher = {
      name: 'local',
      launch: ({ env }) => spawn('/nowhere/claude', [], { env: { ...env }, detached: true }),
    };
    await using made = await createAgent({ launcher });
    await expect(made.agent.start()).rejects.toThrow();
    expect(await made.agent.exited).toMatchObject({ expected: false });
  });

  it('rejects when the launcher throws', async () => {
    const launcher: Launcher = {
      name: 'local',
      launch() {
        throw new Error('no launch today');
      },
    };
    await using made = await createAgent({ launcher });
    await expect(made.agent.start()).rejects.toThrow('no launch today');
    await made.agent.close();
    expect(await made.agent.exited).toBeDefined();
  });
});
