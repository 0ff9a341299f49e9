import { once } from 'node:events';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';

import type { ProcessList } from '@claude-sdk-pattern/protocol';
import { say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { startServer, until, waitUntilGone, type TestServer } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { findSandboxProblemHere } from './support/sandbox.ts';
import { openChat, textsOf, type Chat } from './support/chat.ts';
import { shareSession } from './support/share-session.ts';
import { useModel } from './support/use-stage.ts';

const problem = await findSandboxProblemHere();
if (problem !== undefined) console.warn(`SKIPPED: isolation of agent processes is not tested, because ${problem}`);

/** The model runs whatever command the person gives it. */
const scenarios: Scenario[] = [
  {
    match: { userText: /^run: / },
    reply: [(conversation) => useTool('Bash', { command: conversation.userText.slice('run: '.length) }), say('Done.')],
  },
];

const model = await useModel(scenarios);

const FREE = { permission_mode: 'bypassPermissions' };
const openFreeChat = (on: TestServer) => openChat(on, { session: FREE });

/** Has the agent run a command and answers what it printed. */
const run = async (chat: Chat, command: string): Promise<string> => {
  const turns = chat.eventsOf('session.turn_completed').length;
  await chat.say(`run: ${command}`);
  await chat.waitForTurns(turns + 1);
  return JSON.stringify(chat.eventsOf('agent.tool_result').at(-1)?.content);
};

const readProcessStates = async (on: TestServer): Promise<string[]> =>
  ((await (await on.fetch('/api/v1/processes')).json()) as ProcessList).data.map(({ state }) => state);

describe.skipIf(problem !== undefined)('an agent process in bubblewrap', () => {
  let server: TestServer;
  const openOne = shareSession(() => server, FREE);
  const openOther = shareSession(() => server, FREE);

  beforeAll(async () => {
    server = await startServer({
      upstreamUrl: model.url,
      environment: { ANTHROPIC_API_KEY: 'sk-upstream', CLAUDE_SDK_PATTERN_LAUNCHER: 'bubblewrap' },
    });
  });

  afterAll(() => server[Symbol.asyncDispose]());

  it('writes its workspace and sees neither the platform’s data nor other sessions', async () => {
    await using mine = await openOne();
    await using other = await openOther();
    await run(other, 'echo secret-of-the-other > note.txt');
    expect(await run(mine, 'echo kept > mine.txt && cat mine.txt')).toContain('kept');
    const seen = await run(
      mine,
      `ls -a ${server.dataDir} ${server.dataDir}/workspaces; cat ${server.dataDir}/workspaces/*/note.txt; cat ${server.dataDir}/secrets.key`,
    );
    expect(seen).not.toContain('csp.db');
    expect(seen).not.toContain(other.sessionId);
    expect(seen).not.toContain('secret-of-the-other');
    expect(seen).toContain('No such file');
  });

  it('learns nothing of a session that runs at the same time, neither its environment nor its events', async () => {
    await using one = await openOne();
    await using two = await openOther();
    const command = 'env; cat /proc/*/environ; ls -d /proc/[0-9]*; cat /proc/*/cmdline';
    const [seenByOne, seenByTwo] = await Promise.all([run(one, command), run(two, command)]);
    const tokensIn = (text: string) => new Set(text.match(/csp-session-[\w-]+/g));
    expect(tokensIn(seenByOne).size).toBe(1);
    expect(tokensIn(seenByTwo).size).toBe(1);
    expect(tokensIn(seenByOne)).not.toEqual(tokensIn(seenByTwo));
    for (const chat of [one, two]) {
      const sessions = chat.socket.frames.flatMap((frame) => ('session_id' in frame ? [frame.session_id] : []));
      expect(new Set(sessions)).toEqual(new Set([chat.sessionId]));
    }
  });

  it('cannot write outside of its own folders, nor see other processes', async () => {
    await using chat = await openOne();
    expect(await run(chat, 'touch /usr/planted 2>&1; touch /etc/planted 2>&1')).toContain('Read-only file system');
    expect(await run(chat, 'ls -d /proc/[0-9]* | wc -l; cat /proc/*/cmdline | tr "\\0" " "')).not.toContain(
      'apps/server/src/main.ts',
    );
  });

  it('keeps what the server’s user keeps at home out of sight', async () => {
    await using home = await mkdtempDisposable(join(homedir(), '.csp-isolation-test-'));
    await writeFile(join(home.path, 'key'), 'a-private-key');
    await using chat = await openOne();
    expect(await run(chat, `cat ${home.path}/key`)).not.toContain('a-private-key');
  });

  it('is gone with all its children as soon as the server is killed, without a restart', async () => {
    await using chat = await openOne();
    await run(chat, 'setsid nohup tail -f /dev/null >/dev/null 2>&1 & sleep 0.1; echo started');
    await server.kill('SIGKILL');
    await waitUntilGone(server.dataDir);
    await server.restart();
  });
});

describe('the network of an agent process', () => {
  /** Says `connected`, or why not. */
  const connectTo = (port: number) =>
    `bash -c 'echo > /dev/tcp/127.0.0.1/${port}' 2>&1 && echo connected; curl -sS http://127.0.0.1:${port} 2>&1; true`;

  /** A server of this machine that no agent has to do with. */
  async function startBystander() {
    let connections = 0;
    const bystander = createServer((socket) => {
      connections += 1;
      socket.on('error', () => undefined).end();
    });
    bystander.listen(0, '127.0.0.1');
    await once(bystander, 'listening');
    return {
      port: (bystander.address() as AddressInfo).port,
      get connections() {
        return connections;
      },
      [Symbol.dispose]: () => bystander.close(),
    };
  }

  const startNetworkServer = (environment: Record<string, string>) =>
    startServer({ upstreamUrl: model.url, environment });

  it.skipIf(problem !== undefined)(
    'is the model alone when it is limited, however the process was started',
    async () => {
      using bystander = await startBystander();
      await using server = await startNetworkServer({
        CLAUDE_SDK_PATTERN_AGENT_NETWORK: 'limited',
        CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '1',
      });
      await until('a spare waits', async () => (await readProcessStates(server)).includes('spare'));
      await using before = await openFreeChat(server);
      expect(await run(before, connectTo(bystander.port))).toContain('refused');
      expect(await run(before, connectTo(Number(new URL(server.url).port)))).not.toContain('connected');
      expect(textsOf(before)).toEqual(['Done.', 'Done.']);

      await server.kill('SIGKILL');
      await server.restart();
      await using after = await openChat(server, { sessionId: before.sessionId });
      await after.waitForTurns(2);
      expect(await run(after, connectTo(bystander.port))).toContain('refused');
      expect(after.eventsOf('session.process_ready').map(({ start }) => start)).toEqual(['warm', 'resumed']);
      expect(bystander.connections).toBe(0);
    },
  );

  it.skipIf(problem !== undefined)('is open when it is not limited', async () => {
    using bystander = await startBystander();
    await using server = await startNetworkServer({ CLAUDE_SDK_PATTERN_LAUNCHER: 'bubblewrap' });
    await using chat = await openFreeChat(server);
    expect(await run(chat, connectTo(bystander.port))).toContain('connected');
    expect(bystander.connections).toBeGreaterThan(0);
  });

  it('cannot be limited without a sandbox, and the server says so instead of starting', async () => {
    const started = startNetworkServer({
      CLAUDE_SDK_PATTERN_AGENT_NETWORK: 'limited',
      CLAUDE_SDK_PATTERN_LAUNCHER: 'local',
    });
    await expect(started).rejects.toThrow('Limited networking needs the bubblewrap launcher');
  });
});
