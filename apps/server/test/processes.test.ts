import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { ProcessList, ProcessResource } from '@claude-sdk-pattern/protocol';
import { hang, say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { listProcesses, startServer, until } from '@claude-sdk-pattern/testkit';
import { describe, expect, it } from 'vitest';

import { readExposition } from '../src/telemetry/fixtures/exposition.ts';
import { createMetrics } from '../src/telemetry/metrics.ts';
import { findAgentDir } from './support/agents-of.ts';
import { openChat, textsOf } from './support/chat.ts';
import { createUserKey } from './support/create-user-key.ts';
import { useStage } from './support/use-stage.ts';

const MAX_RSS_MB = 900;
/** Fills more memory than one and a half times of the limit, in the shell of a Bash call. */
const FILL = `head -c 1500m /dev/zero | tail -c 1500m | sleep 600`;

const scenarios: Scenario[] = [
  { match: { userText: 'ended unexpectedly' }, reply: [say('Went on after the restart.')] },
  { match: { userText: 'hang' }, reply: [[say('Thinking'), hang({ times: 1 })]] },
  { match: { userText: 'fill the memory' }, reply: [useTool('Bash', { command: FILL }), say('Filled.')] },
  { match: { userText: 'run a command' }, reply: [useTool('Bash', { command: 'tail -f /dev/null' }), say('Ran.')] },
  { match: { userText: 'hello' }, reply: [say('Hello.')] },
];
const bypass = { session: { permission_mode: 'bypassPermissions' } };

const { model, server } = await useStage(scenarios, {
  CLAUDE_SDK_PATTERN_MAX_SESSION_RSS_MB: String(MAX_RSS_MB),
  CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '0',
});

const readProcesses = async (from = server): Promise<ProcessList> =>
  (await (await from.fetch('/api/v1/processes')).json()) as ProcessList;
const findProcess = async (sessionId: string): Promise<ProcessResource | undefined> =>
  (await readProcesses()).data.find((each) => each.session_id === sessionId);
const command = (sessionId: string, name: string) =>
  server.fetch(`/api/v1/processes/${sessionId}/${name}`, { method: 'POST' });
const readMetrics = async (): Promise<string> => (await server.fetch('/metrics')).text();

describe('the list of processes', () => {
  it('has the tree of each session with its memory over time', async () => {
    await using chat = await openChat(server, bypass);
    await chat.say('run a command');
    const listed = await until('the supervisor has seen it twice', async () => {
      const found = await findProcess(chat.sessionId);
      return (
        found !== undefined && found.samples.length >= 2 && found.processes.some(({ name }) => name === 'tail') && found
      );
    });
    expect(listed).toMatchObject({
      type: 'process',
      state: 'working',
      start: 'cold',
      owner: { name: 'Administrator' },
    });
    expect(listed.rss_bytes).toBeGreaterThan(100 * 1024 * 1024);
    expect(listed.pss_bytes).toBeLessThan(listed.rss_bytes);
    expect(listed.processes.some(({ pid }) => pid === listed.pid)).toBe(true);
    expect((await readProcesses()).limits).toMatchObject({ max_rss_bytes: MAX_RSS_MB * 1024 * 1024 });
    await command(chat.sessionId, 'end');
    await chat.waitForTurns(1);
  });

  it('names the owner of a session, and says what it is about to nobody else', async () => {
    const bob = { ...server, apiKey: await createUserKey(server, 'bob') };
    await using own = await openChat(server, { session: { title: 'Mine' } });
    await using his = await openChat(bob, { session: { title: 'Secret plans' } });
    for (const chat of [own, his]) {
      await chat.say('hello');
      await chat.waitForTurns(1);
    }
    expect(await findProcess(own.sessionId)).toMatchObject({ title: 'Mine', owner: { name: 'Administrator' } });
    expect(await findProcess(his.sessionId)).toMatchObject({ title: null, owner: { name: 'bob' } });
  });

  it('is closed to users and to strangers, as are commands and metrics', async () => {
    const paths = ['/api/v1/processes', '/metrics'];
    for (const path of paths) expect((await fetch(new URL(path, server.url))).status).toBe(401);
    const post = await fetch(new URL('/api/v1/processes/sesn_1/end', server.url), { method: 'POST' });
    expect(post.status).toBe(401);
  });

  it('answers 404 for a session without a process', async () => {
    expect((await command('sesn_unknown', 'restart')).status).toBe(404);
  });
});

describe('what an operator can do', () => {
  it('restarts a working process, and the turn goes on', async () => {
    await using chat = await openChat(server, bypass);
    await chat.say('run a command');
    await chat.waitForEvent('agent.tool_use');
    expect((await command(chat.sessionId, 'restart')).status).toBe(204);
    await chat.waitForTurns(1);
    expect(chat.eventsOf('session.process_restarting').map(({ cause }) => cause)).toEqual(['requested']);
    expect(chat.eventsOf('session.process_restarting').map(({ reason }) => reason)).toEqual(['An operator ended it']);
    expect(await readMetrics()).toMatch(/csp_agent_process_restarts_total\{reason="requested"\} [1-9]/);
  });

  it('restarts an idle process', async () => {
    await using chat = await openChat(server);
    await chat.say('hello');
    await chat.waitForTurns(1);
    await command(chat.sessionId, 'restart');
    await chat.waitForEvent('session.process_hibernated');
    await chat.waitForEvent('session.process_ready', ({ start }) => start === 'resumed');
  });

  it('hibernates when the turn has ended, and what waits is answered', async () => {
    await using chat = await openChat(server);
    await chat.say('please hang');
    await chat.waitForEvent('span.model_request_start');
    expect((await command(chat.sessionId, 'hibernate')).status).toBe(204);
    await chat.say('hello');
    await chat.send({ type: 'user.interrupt' });
    await chat.waitForTurns(2);
    expect(chat.eventsOf('session.process_hibernated').map(({ reason }) => reason)).toEqual(['requested']);
    expect(textsOf(chat).at(-1)).toBe('Hello.');
  });

  it('ends a process with its turn, also one that does not react', async () => {
    await using chat = await openChat(server, bypass);
    await chat.say('run a command');
    await chat.waitForEvent('agent.tool_use');
    const cli = (await listProcesses(server.dataDir)).filter((each) => each.command.includes('--output-format'));
    for (const { pid } of cli) process.kill(pid, 'SIGSTOP');
    expect((await command(chat.sessionId, 'end')).status).toBe(204);
    await chat.waitForTurns(1);
    expect(chat.eventsOf('session.turn_completed')[0]?.outcome).toBe('interrupted');
    await until('it has gone', async () => (await findProcess(chat.sessionId)) === undefined);
  });
});

describe('the limits', () => {
  it('restart a process whose children fill the memory, and the turn goes on', async () => {
    await using chat = await openChat(server, bypass);
    await chat.say('fill the memory');
    const restarting = await chat.waitForEvent('session.process_restarting');
    expect(restarting.reason).toBe('It used more memory than a session may');
    await chat.waitForTurns(1);
    expect(chat.eventsOf('session.turn_completed')[0]?.outcome).toBe('completed');
    const running = await listProcesses(server.dataDir);
    expect(running.filter(({ command: line }) => line.includes('tail -c 1500m'))).toEqual([]);
    expect(await readMetrics()).toContain('csp_agent_process_restarts_total{reason="memory"} 1');
  });

  it('warn of the end of a process’s time, then let it go, and the session goes on', async () => {
    await using own = await startServer({
      upstreamUrl: model.url,
      environment: {
        CLAUDE_SDK_PATTERN_MAX_SESSION_DURATION_SECONDS: '24',
        CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '0',
      },
    });
    await using chat = await openChat(own);
    await chat.say('hello');
    await chat.waitForEvent('session.notice', ({ text }) => text.includes('goes to sleep'));
    await chat.waitForEvent('session.process_hibernated', ({ reason }) => reason === 'duration');
    expect(chat.eventsOf('session.notice')).toHaveLength(1);
    await chat.say('hello');
    await chat.waitForTurns(2);
    expect(chat.eventsOf('session.process_ready').map(({ start }) => start)).toEqual(['cold', 'resumed']);
  });
});

describe('what is left', () => {
  it('is nothing of the CLI’s own after hibernation', async () => {
    await using chat = await openChat(server);
    await chat.say('hello');
    await chat.waitForTurns(1);
    await command(chat.sessionId, 'hibernate');
    await chat.waitForEvent('session.process_hibernated');
    const folder = await findAgentDir(server, chat.sessionId);
    await until('it is removed', () => !existsSync(join(folder, 'config', 'backups')));
    const left = await readdir(join(folder, 'config'));
    expect(left.filter((name) => ['shell-snapshots', 'sessions', 'session-env', 'cache'].includes(name))).toEqual([]);
    expect(left).toContain('.claude.json');
  });
});

describe('the metrics', () => {
  it('count what has happened, without anything about users or sessions', async () => {
    const text = await readMetrics();
    expect(text).toMatch(/csp_session_init_duration_seconds_count\{start="cold"\} \d/);
    expect(text).toMatch(/csp_turns_total\{outcome="completed"\} [1-9]/);
    expect(text).toMatch(/csp_recoveries_total\{outcome="completed"\} [1-9]/);
    expect(text).toMatch(/csp_model_requests_total\{upstream="default",status="200"\} \d/);
    expect(text).toMatch(/csp_websocket_connections \d/);
    expect(text).toMatch(/csp_agent_process_rss_bytes\{of="max"\} \d{6,}/);
    expect(text).toContain('csp_process_cpu_seconds_total');
    expect(text).toMatch(/csp_turn_first_text_seconds_count\{start="cold"\} [1-9]/);
    expect(text).toMatch(/csp_tool_calls_total\{tool="Bash",outcome="\w+"\} [1-9]/);
    expect(text).toMatch(/csp_model_first_byte_seconds_count\{upstream="default"\} [1-9]/);
    expect(text).toMatch(/csp_model_tokens_total\{model="[\w-]+",kind="output"\} [1-9]/);
    expect(text).toMatch(/csp_journal_append_duration_seconds_count\{outcome="stored"\} [1-9]/);
    expect(text).toMatch(/csp_http_requests_total\{method="GET",route="\/metrics",status="4xx"\} 1/);
    expect(text).toMatch(/csp_data_disk_free_bytes \d{6,}/);
    expect(text).toMatch(/csp_process_places \d/);
    expect(text).not.toMatch(/sesn_|"user_|Administrator/);
  });

  it('are those that dashboards and alerts are checked against', async () => {
    const ofServer = readExposition(await readMetrics()).map(({ name }) => name);
    expect(ofServer).toEqual(readExposition(await createMetrics().render()).map(({ name }) => name));
  });
});

describe('what an operator stops', () => {
  const stops = async (method: string, path = '', body?: object) => {
    const sent = body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const answer = await server.fetch(`/api/v1/stops${path}`, { method, ...sent });
    return {
      status: answer.status,
      body: (await answer.text().then((text) => (text ? JSON.parse(text) : null))) as never,
    };
  };
  const message = (text: string) => [{ type: 'user.message', content: [{ type: 'text', text }] }];

  it('ends the turns of a user, refuses new ones over a crash, and takes what waits when it is lifted', async () => {
    const eve = { ...server, apiKey: await createUserKey(server, 'eve') };
    await using chat = await openChat(eve);
    await chat.socket.request({ type: 'sessions.watch' });
    await chat.say('hang');
    await chat.socket.waitFor((frame) => frame.type === 'preview');
    await chat.say('hello');
    const { id: userId } = (await (
      await fetch(`${server.url}/api/v1/account`, { headers: { authorization: `Bearer ${eve.apiKey}` } })
    ).json()) as { id: string };
    const target = { scope: 'user', target_id: userId };
    const impact = await stops('GET', `/impact?${new URLSearchParams(target).toString()}`);
    expect(impact.body).toMatchObject({ turns: 1, people: 1 });

    const made = await stops('POST', '', { ...target, reason: 'It loops' });
    expect(made).toMatchObject({ status: 201, body: { name: 'eve', created_by: { name: 'Administrator' } } });
    await chat.waitForTurns(1);
    const { text: told } = await chat.waitForEvent('session.notice');
    // What was said until then comes before it.
    const types = chat.events.map(({ type }) => type);
    expect(types.indexOf('session.notice')).toBeGreaterThan(types.indexOf('agent.message'));
    expect(types).toContain('agent.message');
    expect(told).toBe('An operator has stopped the agents of this account: It loops.');
    await chat.socket.waitFor((frame) => frame.type === 'work.stopped' && frame.stop?.reason === 'It loops');
    await using operator = await openChat(server);
    await operator.socket.request({ type: 'overview.watch' });
    const shown = await operator.socket.waitFor(
      (frame) => frame.type === 'overview' && frame.overview.stops.length > 0,
    );
    expect(shown).toMatchObject({
      overview: {
        node: { state: 'serving' },
        health: expect.arrayContaining([{ part: 'database', state: 'ok', value: expect.any(Number) }]),
        load: { max_processes: 10, cpus: expect.any(Number) },
        spending: { today_usd: expect.stringMatching(/^\d+\.\d+$/) },
        attention: expect.arrayContaining([
          expect.objectContaining({ kind: 'stopped', severity: 'critical', subject: 'user eve' }),
        ]),
      },
    });
    await until('its process has ended', async () => (await findProcess(chat.sessionId)) === undefined);
    expect(await stops('POST', '', { ...target, reason: 'Again' })).toMatchObject({ status: 409 });

    await server.kill();
    await server.restart();
    await using back = await openChat(eve, { sessionId: chat.sessionId });
    await back.socket.request({ type: 'sessions.watch' });
    await back.socket.waitFor((frame) => frame.type === 'work.stopped' && frame.stop?.scope === 'user');
    const refused = await back.socket.request({
      ...{ type: 'session.send', session_id: chat.sessionId, events: message('more') },
    });
    expect(refused).toMatchObject({
      error: { type: 'permission_error', details: { code: 'work_stopped', scope: 'user', reason: 'It loops' } },
    });
    expect(textsOf(back)).not.toContain('Hello.');
    expect(await (await server.fetch('/metrics')).text()).toContain('csp_stops{scope="user"} 1');

    expect((await stops('DELETE', `/${(made.body as { id: string }).id}`)).status).toBe(204);
    await back.socket.waitFor((frame) => frame.type === 'work.stopped' && frame.stop === null);
    // The message that waited all the time.
    await back.waitForTurns(2);
    expect(textsOf(back).at(-1)).toBe('Hello.');
    const facts = (await (await server.fetch('/api/v1/audit?action=work.stop')).json()) as { data: object[] };
    expect(facts.data[0]).toMatchObject({
      details: { scope: 'user', target_id: userId, reason: 'It loops', affected: { turns: 1 } },
    });
  });

  it('takes no new turns while it drains, finishes the one that runs, and gives sessions away', async () => {
    await using chat = await openChat(server, bypass);
    await using idle = await openChat(server);
    await idle.say('hello');
    await idle.waitForTurns(1);
    await chat.say('run a command');
    await chat.waitForEvent('agent.tool_use');
    const drained = await stops('POST', '', { scope: 'node', reason: 'New kernel' });
    const refused = await idle.socket.request({
      ...{ type: 'session.send', session_id: idle.sessionId, events: message('more') },
    });
    expect(refused).toMatchObject({ error: { type: 'overloaded_error', details: { code: 'draining' } } });
    expect(await (await server.fetch('/health/ready')).json()).toMatchObject({ status: 'degraded' });
    await idle.waitForEvent('session.process_hibernated');
    expect((await findProcess(chat.sessionId))?.state).toBe('working');
    await command(chat.sessionId, 'end');
    await chat.waitForTurns(1);
    expect((await stops('DELETE', `/${(drained.body as { id: string }).id}`)).status).toBe(204);
    await idle.say('hello');
    await idle.waitForTurns(2);
  });
});
