import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import {
  say,
  startScriptedModel,
  useTool,
  type Scenario,
  type ScriptedModel,
} from '@claude-sdk-pattern/scripted-model';
import { startServer, waitUntilGone, type TestServer } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { findBubblewrapProblem } from '../src/agent-process/launchers/bubblewrap.ts';
import { openChat, type Chat } from './support/chat.ts';

const problem = await findBubblewrapProblem();
if (problem !== undefined) console.warn(`SKIPPED: isolation of agent processes is not tested, because ${problem}`);

/** The model runs whatever command the person gives it. */
const scenarios: Scenario[] = [
  {
    match: { userText: /^run: / },
    reply: [(conversation) => useTool('Bash', { command: conversation.userText.slice('run: '.length) }), say('Done.')],
  },
];

describe.skipIf(problem !== undefined)('an agent process in bubblewrap', () => {
  let model: ScriptedModel;
  let server: TestServer;

  beforeAll(async () => {
    model = await startScriptedModel({ scenarios });
    server = await startServer({
      upstreamUrl: model.url,
      environment: { ANTHROPIC_API_KEY: 'sk-upstream', CLAUDE_SDK_PATTERN_LAUNCHER: 'bubblewrap' },
    });
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await model.close();
  });

  const openFreeChat = () => openChat(server, { session: { permission_mode: 'bypassPermissions' } });
  const turns = new WeakMap<Chat, number>();

  const run = async (chat: Chat, command: string): Promise<string> => {
    const turn = (turns.get(chat) ?? 0) + 1;
    turns.set(chat, turn);
    await chat.say(`run: ${command}`);
    await chat.waitForTurns(turn);
    return JSON.stringify(chat.eventsOf('agent.tool_result').at(-1)?.content);
  };

  it('writes its workspace and sees neither the platform’s data nor other sessions', async () => {
    await using mine = await openFreeChat();
    await using other = await openFreeChat();
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

  it('cannot write outside of its own folders, nor see other processes', async () => {
    await using chat = await openFreeChat();
    expect(await run(chat, 'touch /usr/planted 2>&1; touch /etc/planted 2>&1')).toContain('Read-only file system');
    expect(await run(chat, 'ls -d /proc/[0-9]* | wc -l; cat /proc/*/cmdline | tr "\\0" " "')).not.toContain(
      'apps/server/src/main.ts',
    );
  });

  it('keeps what the server’s user keeps at home out of sight', async () => {
    await using home = await mkdtempDisposable(join(homedir(), '.csp-isolation-test-'));
    await writeFile(join(home.path, 'key'), 'a-private-key');
    await using chat = await openFreeChat();
    expect(await run(chat, `cat ${home.path}/key`)).not.toContain('a-private-key');
  });

  it('is gone with all its children as soon as the server is killed, without a restart', async () => {
    await using chat = await openFreeChat();
    await run(chat, 'setsid nohup tail -f /dev/null >/dev/null 2>&1 & sleep 0.1; echo started');
    await server.kill('SIGKILL');
    await waitUntilGone(server.dataDir);
    await server.restart();
  });
});
