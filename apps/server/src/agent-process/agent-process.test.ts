import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { SDKMessage, SessionStore } from '@anthropic-ai/claude-agent-sdk';
import { hang, say, startScriptedModel, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { createWorkspaceDir, listProcesses, until, waitUntilGone } from '@claude-sdk-pattern/testkit';
import { describe, expect, it } from 'vitest';

import { toDefaultProfileSettings } from './options/default-settings.ts';
import { openStore } from '../store/open-store.ts';
import { createLogger } from '../telemetry/logger.ts';
import { toAgentEnvironment } from './agent-environment.ts';
import type { AgentHandlers } from './agent-handlers.ts';
import { AgentProcess } from './agent-process.ts';
import { describeExit } from './describe-exit.ts';
import { createMcpAuthorization } from '../definitions/mcp-authorization.ts';
import { createMcpRevisions } from './mcp/mcp-revisions.ts';
import { NO_SECRETS } from './mcp/fixtures/no-secrets.ts';
import { NO_USE } from './mcp/mcp-use.ts';
import { completeTranscript, type SaidMessage } from './complete-transcript.ts';
import { openTestHost } from '../hosts/fixtures/open-test-host.ts';
import type { LaunchRequest } from '../hosts/launcher.ts';
import { localLauncher } from '../hosts/local.ts';
import { toSessionDirs } from '../workspaces/session-dirs.ts';
import { NO_PLUGIN_FOLDERS } from '../plugins/delivery/plugin-folders.ts';
import { createTranscriptStore } from './transcript-store.ts';

const scenarios: Scenario[] = [
  {
    match: { userText: 'leave a child' },
    reply: [useTool('Bash', { command: 'setsid tail -f /dev/null >/dev/null 2>&1 & echo left' }), say('Left it.')],
  },
  { match: { userText: 'hang' }, reply: [[say('One half'), hang()]] },
  { match: { userText: 'read only' }, reply: [useTool('Bash', { command: 'echo it-has-run' }), say('Done.')] },
  { reply: [say('Hello.')] },
];

interface AgentOptions {
  launch(request: LaunchRequest): ChildProcessWithoutNullStreams;
  load: SessionStore['load'];
  resume: boolean;
  maxTranscriptBytes: number;
  /** True for a spare that no session has claimed. */
  unclaimed: boolean;
}

/** A process of the real CLI that is not started yet, with folders, a model and a store of its own. */
async function createAgent(options: Partial<AgentOptions> = {}) {
  const data = await createWorkspaceDir();
  const model = await startScriptedModel({ scenarios });
  const opened = openTestHost({ launcher: { ...localLauncher, ...(options.launch && { launch: options.launch }) } });
  const store = await openStore({ url: 'sqlite::memory:' });
  const agentSessionId = randomUUID();
  const dirs = toSessionDirs(data.path, agentSessionId);
  const environment = toAgentEnvironment({
    dirs,
    gatewayUrl: model.url,
    token: 'token',
    path: '/usr/local/bin:/usr/bin:/bin',
    modelMaxRetries: 5,
    backgroundTasks: true,
  });
  const transcript = createTranscriptStore(store.transcripts, {
    ...{ agentSessionId, maxBytes: options.maxTranscriptBytes ?? 1024 * 1024 },
  });
  const settings = toDefaultProfileSettings();
  let mirrors = true;
  const messages: SDKMessage[] = [];
  const make = (resume: boolean) => {
    const agent = new AgentProcess({
      profile: { ...{ dirs, environment, agentSessionId, resume, settings }, model: undefined, planMode: false },
      host: opened.host,
      transcript: {
        ...transcript,
        sessionStore: {
          ...transcript.sessionStore,
          ...(options.load && { load: options.load }),
          append: async (key, entries) => {
            if (mirrors) await transcript.sessionStore.append(key, entries);
          },
        },
      },
      logger: createLogger({ level: 'silent' }),
      onCommands: () => {},
      pluginFolders: NO_PLUGIN_FOLDERS,
      mcp: {
        refusal: undefined,
        path: '/usr/bin:/bin',
        maxRssBytes: Infinity,
        secrets: NO_SECRETS,
        authorization: createMcpAuthorization([], () => Promise.resolve(true)),
        revisions: createMcpRevisions(() => 0),
        useOf: () => NO_USE,
        showsApps: true,
        toolSearch: { mode: 'auto', aboveTokens: 10_000 },
      },
    });
    const handlers: AgentHandlers = {
      ownerId: 'user_1',
      agentId: 'agent_1',
      vaultIds: [],
      onPrompt: () => undefined,
      callPrompt: (_, { run }) => run(),
      canUseTool: async (_name, input) => ({ behavior: 'allow', updatedInput: input }),
      onHook: async () => ({}),
      takePermit: () => false,
      takeCustomResult: () => Promise.resolve(undefined),
      keepApp: () => Promise.resolve(),
      elicit: () => Promise.resolve({ action: 'cancel' }),
      onNotice: () => {},
      onMessage: async (message) => void messages.push(message),
    };
    if (options.unclaimed !== true) agent.bind(handlers);
    made.push(agent);
    return agent;
  };
  const made: AgentProcess[] = [];
  const agent = make(options.resume ?? false);
  const send = (text: string) => agent.send({ uuid: randomUUID(), content: [{ type: 'text', text }] });
  return {
    agent,
    messages,
    /** Found in the command line, environment or folder of all its processes. */
    marker: data.path,
    send,
    model,
    /** As if a process that was killed had said this before it wrote anything. */
    pretendToHaveSaid: (said: SaidMessage[]) => completeTranscript(transcript, { agentSessionId, dirs, said }),
    /** As somebody outside would. */
    killCli: async () => {
      const running = await listProcesses(data.path);
      const cli = running.find(({ command }) => /^\S*\/claude /.test(command));
      if (cli === undefined) throw new Error('The CLI does not run');
      process.kill(cli.pid, 'SIGKILL');
    },
    /** The next process of the same session, with its transcript. */
    resume: () => make(true),
    /** From now on the SDK's own copying to the store goes nowhere. */
    stopMirror: () => (mirrors = false),
    hasStored: (uuid: string) => store.transcripts.hasUuid({ sessionId: agentSessionId }, uuid),
    waitForResult: () => until('the result', () => messages.some((message) => message.type === 'result')),
    async [Symbol.asyncDispose]() {
      for (const each of made) await each.close();
      await opened[Symbol.asyncDispose]();
      await model.close();
      await store.close();
      await data[Symbol.asyncDispose]();
    },
  };
}

/** More than a pipe holds. */
const MUCH = 'head -c 1000000 /dev/zero | tr "\\0" x';
const isExpected = { cause: 'asked' };

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

  it('starts while a report of this process leaves out the names of open connections', async () => {
    await using made = await createAgent();
    await made.agent.start();

    const { libuv } = process.report.getReport() as unknown as { libuv: { localEndpoint?: { host: string } | null }[] };
    const hosts = libuv.flatMap(({ localEndpoint }) => localEndpoint?.host ?? []);
    expect(hosts).toContain('127.0.0.1');
    expect(hosts).not.toContain('localhost');
  });

  it('makes no tool call while it serves no session, not even one that the CLI would make unasked', async () => {
    await using made = await createAgent({ unclaimed: true });
    await made.agent.start();
    made.send('read only');
    const { conversation } = await made.model.waitForRequest(
      (request) => request.conversation?.lastToolCalls[0]?.result !== undefined,
    );
    expect(conversation?.lastToolCalls).toMatchObject([
      { result: { isError: true, text: expect.not.stringContaining('it-has-run') } },
    ]);
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
    await made.killCli();
    expect(await made.agent.exited).toMatchObject({ cause: 'died', signal: 'SIGKILL', code: null });
    await waitUntilGone(made.marker);
  });

  it('remembers what one that was killed had said before it wrote anything', async () => {
    await using made = await createAgent({ resume: true });
    const input = { command: 'echo done' };
    const content = [{ type: 'tool_use', id: 'toolu_1', name: 'Bash', input }];
    const answer = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-sonnet-4-5', content };
    await made.pretendToHaveSaid([
      { type: 'user', uuid: randomUUID(), message: { role: 'user', content: 'run it' } },
      { type: 'assistant', uuid: randomUUID(), message: answer as never },
    ]);
    await made.agent.start();
    made.send('go on');
    await made.waitForResult();
    const conversation = made.model.requests.findLast(({ kind }) => kind === 'turn')?.conversation;
    expect(conversation?.userTexts).toEqual(expect.arrayContaining(['run it', 'go on']));
    expect(conversation?.allToolCalls).toMatchObject([{ name: 'Bash', input }]);
  });

  it('ends when its transcript can take no more, and says what to do', async () => {
    await using made = await createAgent({ maxTranscriptBytes: 400 });
    await made.agent.start();
    made.send('hi');
    const exit = await made.agent.exited;
    expect(exit).toMatchObject({ cause: 'died', error: { code: 'too_large' } });
    expect(describeExit(exit)).toMatch(/has reached 400 bytes.* Fork the session/);
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
    expect(made.agent.processId).toBeUndefined();
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

describe('the transcript of a process that was killed', () => {
  const has = async (configDir: string | undefined, text: string) => {
    const projects = join(configDir ?? '', 'projects');
    const files = (await readdir(projects, { recursive: true })).filter((name) => name.endsWith('.jsonl'));
    const texts = await Promise.all(files.map((name) => readFile(join(projects, name), 'utf8')));
    return texts.some((each) => each.includes(text));
  };

  it.each(['new', 'resumed'])('is whole in the store when its end is told: a %s process', async (kind) => {
    await using made = await createAgent();
    let { agent } = made;
    await agent.start();
    if (kind === 'resumed') {
      made.send('hi');
      await made.waitForResult();
      await agent.close();
      agent = made.resume();
      await agent.start();
    }
    made.stopMirror();
    const uuid = randomUUID();
    agent.send({ uuid, content: [{ type: 'text', text: 'hang' }] });
    await until('it has written the message', () => has(agent.configDir, uuid));
    await made.killCli();
    expect(await agent.exited).toMatchObject({ cause: 'died' });
    expect(await made.hasStored(uuid)).toBe(true);
    await waitUntilGone(made.marker);
  });
});

describe('a start that fails', () => {
  it('rejects when the program ends at once, and says what it wrote last, however much that was', async () => {
    await using made = await createAgent({
      launch: ({ env }) =>
        spawn('/bin/sh', ['-c', `${MUCH} >&2; echo no room >&2; exit 3`], { env: { ...env }, detached: true }),
    });
    await expect(made.agent.start()).rejects.toThrow();
    expect(await made.agent.exited).toMatchObject({
      cause: 'died',
      code: 3,
      stderrTail: expect.stringContaining('no room'),
    });
  });

  it('rejects when the program is not there', async () => {
    await using made = await createAgent({
      launch: ({ env }) => spawn('/nowhere/claude', [], { env: { ...env }, detached: true }),
    });
    await expect(made.agent.start()).rejects.toThrow();
    expect(await made.agent.exited).toMatchObject({ cause: 'start_failed' });
  });

  it('rejects when the launcher throws', async () => {
    await using made = await createAgent({
      launch() {
        throw new Error('no launch today');
      },
    });
    await expect(made.agent.start()).rejects.toThrow('no launch today');
    await made.agent.close();
    expect(await made.agent.exited).toMatchObject({ cause: 'start_failed' });
  });
});
