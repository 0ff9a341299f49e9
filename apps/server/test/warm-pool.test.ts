import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { ProcessList } from '@claude-sdk-pattern/protocol';
import { say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { listProcesses, startServer, until, waitUntilGone, type TestServer } from '@claude-sdk-pattern/testkit';
import { describe, expect, it } from 'vitest';

import { openChat, textsOf } from './support/chat.ts';
import { useStage } from './support/use-stage.ts';

const scenarios: Scenario[] = [
  { match: { userText: 'write' }, reply: [useTool('Write', { file_path: 'a.txt', content: 'warm' }), say('Written.')] },
  { reply: (conversation) => say(`You said: ${conversation.userTexts.join(', ')}`) },
];

const { model, server } = await useStage(scenarios, {
  CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '1',
  CLAUDE_SDK_PATTERN_MAX_SESSIONS: '2',
});

const countAgents = async () =>
  (await listProcesses(join(server.dataDir, 'agents'))).filter(({ command }) => command.includes('--input-format'))
    .length;

const readProcesses = async (on: TestServer): Promise<ProcessList> =>
  (await (await on.fetch('/api/v1/processes')).json()) as ProcessList;

/** The pids of the spares, as the last sweep found them. */
const listSpares = async (on: TestServer): Promise<number[]> => {
  const { data } = await readProcesses(on);
  return data.flatMap(({ state, pid }) => (state === 'spare' && pid !== null ? [pid] : []));
};

describe('a spare', () => {
  it('serves no session of another agent, whose process starts as that agent says', async () => {
    await until('a spare is ready', async () => (await listSpares(server)).length > 0);
    const created = await server.fetch('/v1/agents', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Pirate', model: 'opus', system: 'You are a pirate.', tools: [] }),
    });
    const agent = (await created.json()) as { id: string };
    await using chat = await openChat(server, { session: { agent: agent.id } });
    await chat.say('who are you');
    await chat.waitForTurns(1);
    expect(chat.eventsOf('session.process_ready')[0]?.start).toBe('cold');
    const request = model.requests.find(({ conversation }) => conversation?.userTexts.includes('who are you'));
    expect(JSON.stringify(request?.body?.system)).toContain('You are a pirate.');
    expect(request?.body?.tools ?? []).toEqual([]);
  });

  it('serves the first turn of a new session, which keeps its workspace and its memory', async () => {
    await until('a spare is ready', async () => (await countAgents()) > 0);
    await using chat = await openChat(server, { session: { permission_mode: 'acceptEdits' } });
    await chat.say('write it');
    await chat.waitForTurns(1);
    expect(await readFile(join(server.dataDir, 'workspaces', chat.sessionId, 'a.txt'), 'utf8')).toBe('warm');

    await server.kill('SIGKILL');
    await server.restart();
    await using after = await openChat(server, { sessionId: chat.sessionId });
    await after.say('and now');
    await after.waitForTurns(2);
    expect(textsOf(after).at(-1)).toBe('You said: write it, and now');
    expect(await readFile(join(server.dataDir, 'workspaces', chat.sessionId, 'a.txt'), 'utf8')).toBe('warm');
  });

  it('is told of as a warm start', async () => {
    // A session that came before its spare would keep the place that the next spare needs.
    await until('a spare is ready', async () => (await listSpares(server)).length > 0);
    await using chat = await openChat(server);
    await chat.say('hello');
    await chat.waitForTurns(1);
    expect(chat.eventsOf('session.process_ready')[0]?.start).toBe('warm');
  });

  it('gives way when sessions need the places, and sessions beyond them take turns', async () => {
    await using first = await openChat(server);
    await using second = await openChat(server);
    await using third = await openChat(server);
    for (const chat of [first, second, third]) await chat.say('hello');
    for (const chat of [first, second, third]) await chat.waitForTurns(1);
    expect(textsOf(third)).toEqual(['You said: hello']);
  });

  it('leaves no folders when its server is killed before a session claims it', async () => {
    await using own = await startServer({
      upstreamUrl: model.url,
      environment: { CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '2' },
    });
    const listDirs = async () => [
      ...(await readdir(join(own.dataDir, 'agents'))),
      ...(await readdir(join(own.dataDir, 'workspaces'))),
    ];
    await until('two spares wait', async () => (await readProcesses(own)).pool.ready === 2);
    const left = await listDirs();
    expect(left.length).toBe(4);
    await own.kill('SIGKILL');
    await own.restart();
    await until('they are gone', async () => !(await listDirs()).some((name) => left.includes(name)));
    await own.kill('SIGTERM');
    expect(await listDirs()).toEqual([]);
  });

  it('is replaced when it holds more memory than a process may, and operators see that it does not last', async () => {
    await using own = await startServer({
      upstreamUrl: model.url,
      environment: { CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '1', CLAUDE_SDK_PATTERN_MAX_SESSION_RSS_MB: '50' },
    });
    const failure = until('the failure is told', async () => {
      const { pool } = await readProcesses(own);
      return pool.start_failures > 0 && pool;
    });
    const first = await until('a spare waits', async () => (await listSpares(own))[0]);
    await until('another one waits in its place', async () => {
      const pids = await listSpares(own);
      return pids.length > 0 && !pids.includes(first);
    });
    const reason = 'It used more memory than a session may';
    expect(await failure).toMatchObject({ wanted: 1, last_failure: reason });
  });

  it('ends with the server', async () => {
    await server.kill('SIGTERM');
    await waitUntilGone(join(server.dataDir, 'agents'));
  });
});
