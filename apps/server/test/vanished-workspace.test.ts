import { realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { startGitServer, startServer, until } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { allowCommands } from './support/allow-commands.ts';
import { openChat } from './support/chat.ts';
import { useModel } from './support/use-stage.ts';

const scenarios: Scenario[] = [
  { match: { userText: 'write' }, reply: [useTool('Bash', { command: 'echo one > a.txt' }), say('Written.')] },
  {
    match: { userText: 'wait' },
    reply: [useTool('Bash', { command: 'tail -f /dev/null', timeout: 4000 }), say('Waited.')],
  },
  { match: { userText: 'answer' }, reply: [say('Answered.')] },
];
const model = await useModel(scenarios);

it(
  'answers every message although the folders of a session vanish, with its repository and its states',
  { timeout: 120_000 },
  async () => {
    await using git = await startGitServer();
    await git.create('web', { 'README.md': 'one\n' });
    const environment = { CLAUDE_SDK_PATTERN_GIT_SERVERS: git.origin };
    await using server = await startServer({ upstreamUrl: model.url, environment });
    await allowCommands(server);
    const resources = [{ type: 'git_repository', url: `${git.origin}/web.git` }];
    await using chat = await openChat(server, { session: { resources } });
    await chat.waitForEvent('session.resource_mounted');
    const link = join(server.dataDir, 'workspaces', chat.sessionId);
    const ask = async (path: string) => (await server.fetch(`/api/v1/sessions/${chat.sessionId}${path}`)).status;
    const vanish = async () => {
      const workspace = await realpath(link);
      const id = workspace.split('/').at(-1) ?? '';
      for (const path of [workspace, join(server.dataDir, 'agents', id)])
        await rm(path, { recursive: true, force: true });
      return workspace;
    };

    await chat.say('write');
    await chat.waitForTurns(1);
    expect(await ask('/workspace/changes')).toBe(200);
    // While its process lives and nothing runs.
    const workspace = await vanish();
    expect(await ask('/workspace/files?folder=')).toBe(200);
    // What cannot be told is said, and is no failure of the server.
    expect(await ask('/workspace/changes')).toBe(409);
    await chat.say('answer');
    await chat.waitForTurns(2);
    expect(chat.eventsOf('agent.message').at(-1)?.content).toMatchObject([{ text: 'Answered.' }]);
    // The turn has recorded them anew.
    await until('changes are told again', async () => (await ask('/workspace/changes')) === 200);

    // In the middle of a turn, with messages that wait behind it.
    await chat.say('wait');
    await chat.waitForEvent('agent.tool_use', ({ input }) => JSON.stringify(input).includes('tail'));
    await rm(workspace, { recursive: true, force: true });
    await Promise.all([chat.say('answer'), chat.say('answer again')]);
    await chat.waitForTurns(5);

    // With a new process everything is made again, and it works on.
    await server.restart();
    await using after = await openChat(server, { sessionId: chat.sessionId });
    await after.say('write');
    await after.waitForTurns(6);
    expect((await stat(join(link, 'a.txt'))).size).toBe(4);
    expect((await stat(join(link, 'web', 'README.md'))).size).toBe(4);
    expect(await ask('/workspace/changes')).toBe(200);
    const said = after.eventsOf('agent.message').flatMap(({ content }) => content);
    expect(said.filter((block) => 'text' in block && block.text === 'Answered.')).toHaveLength(3);
    expect(after.seqs).toEqual(after.seqs.map((_, index) => index + 1));
  },
);
