import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { BackgroundTask, BackgroundTaskList, BackgroundTaskOutput } from '@claude-sdk-pattern/protocol';
import { say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { until, waitUntilGone } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { waitForCli } from './support/agents-of.ts';
import { allowCommands } from './support/allow-commands.ts';
import { openChat, textsOf, type Chat } from './support/chat.ts';
import { createUserKey } from './support/create-user-key.ts';
import { useStage } from './support/use-stage.ts';

const toBackground = (command: string, description: string) =>
  useTool('Bash', { command, description, run_in_background: true });

/** The agent is told of a task's end in a turn that has no message: its script goes on. */
const withTasks: Scenario[] = [
  {
    match: { userText: 'serve' },
    reply: [toBackground('echo listening; sleep 1000', 'Serve the app'), say('It runs.')],
  },
  {
    match: { userText: 'build' },
    reply: [
      toBackground('until [ -e go ]; do sleep 0.05; done; exit 3', 'Build'),
      say('It builds.'),
      say('It failed.'),
    ],
  },
  {
    match: { userText: 'check' },
    reply: [
      toBackground('until [ -e begun ]; do sleep 0.05; done; exit 3', 'Check'),
      useTool('Bash', { command: 'touch begun; until [ -e told ]; do sleep 0.05; done', description: 'Wait' }),
      useTool('Bash', { command: 'touch on; until [ -e over ]; do sleep 0.05; done', description: 'Wait more' }),
      say('The answer.'),
      say('The check failed.'),
    ],
  },
];

const { server } = await useStage(
  [
    ...withTasks,
    { match: { userText: 'write' }, reply: [useTool('Write', { file_path: 'a.txt', content: 'x' }), say('Written.')] },
    { reply: (conversation) => say(`You said: ${conversation.userTexts.join(', ')}`) },
  ],
  { CLAUDE_SDK_PATTERN_SESSION_IDLE_TIMEOUT_SECONDS: '1' },
);

await allowCommands(server);

it('costs no process while a session is idle, and the next message continues the conversation on the same connection', async () => {
  await using chat = await openChat(server);
  await chat.say('one');
  await chat.waitForTurns(1);
  await chat.waitForEvent('session.process_hibernated', ({ reason }) => reason === 'idle');
  await waitUntilGone(join(server.dataDir, 'agents'));
  await chat.say('two');
  await chat.waitForTurns(2);
  expect(textsOf(chat)).toEqual(['You said: one', 'You said: one, two']);
  expect(chat.eventsOf('session.process_ready').map(({ start }) => start)).toEqual(['cold', 'resumed']);
  expect(chat.seqs).toEqual(chat.seqs.map((_, index) => index + 1));
});

it('costs no process while a turn waits for people, and the call runs when they have answered', async () => {
  await using chat = await openChat(server);
  await chat.say('write');
  const { event_id } = await chat.waitForEvent('session.approval_requested');
  await chat.waitForEvent('session.process_hibernated', ({ reason }) => reason === 'waiting');
  await waitUntilGone(join(server.dataDir, 'agents'));
  await chat.send({ type: 'user.tool_confirmation', tool_use_id: event_id, result: 'allow' });
  await chat.waitForTurns(1);
  expect(textsOf(chat)).toEqual(['Written.']);
  expect(chat.eventsOf('agent.tool_result')).toMatchObject([{ tool_use_id: event_id, is_error: false }]);
  expect(chat.eventsOf('session.approval_cancelled')).toEqual([]);
});

it('is over as soon as somebody begins to write, so that the message need not wait', async () => {
  await using chat = await openChat(server);
  await chat.say('one');
  await chat.waitForTurns(1);
  await chat.waitForEvent('session.process_hibernated');
  const before = chat.eventsOf('session.process_ready').length;
  await chat.socket.request({ type: 'session.wake', session_id: chat.sessionId });
  await until('the process is ready', () => chat.eventsOf('session.process_ready').length > before);
  await chat.say('two');
  await chat.waitForTurns(2);
  expect(chat.eventsOf('session.process_ready').length).toBe(before + 1);
});

it('takes sessions out of memory in which nothing happens, and serves them again as if they had never left', async () => {
  await using chat = await openChat(server);
  await chat.say('one');
  await chat.waitForTurns(1);
  await chat.waitForEvent('session.process_hibernated');
  const inMemory = async () => /csp_sessions_in_memory (\d+)/.exec(await (await server.fetch('/metrics')).text())?.[1];
  await until('no session is in memory', async () => (await inMemory()) === '0');
  await chat.say('two');
  expect(await inMemory()).toBe('1');
  await chat.waitForTurns(2);
  expect(textsOf(chat).at(-1)).toBe('You said: one, two');
});

it('keeps the process of an idle session while a command runs beside the conversation, and tells what ends it', async () => {
  await using chat = await openChat(server);
  await using idle = await openChat(server);
  await Promise.all([chat.say('serve'), idle.say('one')]);
  await Promise.all([chat.waitForTurns(1), idle.waitForTurns(1)]);
  const [task] = tasksOf(chat);
  const command = 'echo listening; sleep 1000';
  const call = chat.eventsOf('agent.tool_use')[0]?.id;
  expect(task).toMatchObject({
    kind: 'command',
    command,
    description: 'Serve the app',
    status: 'running',
    event_id: call,
  });
  await idle.waitForEvent('session.process_hibernated');
  expect(chat.eventsOf('session.process_hibernated')).toEqual([]);

  await chat.say('build');
  await chat.waitForTurns(2);
  await chat.send({ type: 'user.interrupt' });
  await writeFile(join(server.dataDir, 'workspaces', chat.sessionId, 'go'), '');
  await chat.waitForTurns(3);
  const [, build] = tasksOf(chat);
  expect(build).toMatchObject({ description: 'Build', status: 'failed', exit_code: 3 });
  const cause = { type: 'background_tasks', task_ids: [build?.task_id] };
  expect(chat.eventsOf('session.turn_started').map((event) => event.cause)).toEqual([undefined, undefined, cause]);
  expect(textsOf(chat)).toEqual(['It runs.', 'It builds.', 'It failed.']);

  const path = `/api/v1/sessions/${chat.sessionId}/background-tasks`;
  const list = (await (await server.fetch(path)).json()) as BackgroundTaskList;
  expect(list.data).toEqual([task]);
  const read = await server.fetch(`${path}/${task?.task_id}/output`);
  expect((await read.json()) as BackgroundTaskOutput).toMatchObject({ output: 'listening\n', truncated: false });
  expect((await server.fetch(`${path}/${task?.task_id}/stop`, { method: 'POST' })).status).toBe(204);
  await chat.waitForEvent('session.background_tasks_updated', ({ tasks }) => tasks.at(-1)?.status === 'stopped');
  expect((await server.fetch(`${path}/${task?.task_id}/stop`, { method: 'POST' })).status).toBe(404);

  await chat.waitForEvent('session.process_hibernated', ({ reason }) => reason === 'idle');
});

it('ends what runs beside the conversation of somebody whose account is locked', async () => {
  const eve = { ...server, apiKey: await createUserKey(server, 'eve') };
  const account = await fetch(`${server.url}/api/v1/account`, { headers: { authorization: `Bearer ${eve.apiKey}` } });
  const { id } = (await account.json()) as { id: string };
  await using chat = await openChat(eve);
  await chat.say('serve');
  await chat.waitForTurns(1);
  expect(tasksOf(chat)).toMatchObject([{ status: 'running' }]);
  const locked = { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: '{"status":"locked"}' };
  expect((await server.fetch(`/api/v1/users/${id}`, locked)).status).toBe(200);
  await waitUntilGone(join(server.dataDir, 'agents'));
});

it('tells the agent what ended in the middle of a turn in a turn of its own behind it, also when the server is killed meanwhile', async () => {
  await using chat = await openChat(server);
  const file = (name: string) => join(server.dataDir, 'workspaces', chat.sessionId, name);
  const waitForEnd = (one: Chat) =>
    one.waitForEvent('session.background_tasks_updated', ({ tasks }) => tasks.at(-1)?.status === 'failed');
  const causesOf = (one: Chat) => one.eventsOf('session.turn_started').map(({ cause }) => cause);
  const toCause = (taskIds: unknown) => ({ type: 'background_tasks', task_ids: taskIds });

  await chat.say('check');
  await waitForEnd(chat);
  await writeFile(file('told'), '');
  await until('the agent goes on without the report', () => existsSync(file('on')));
  await writeFile(file('over'), '');
  await chat.waitForTurns(2);
  expect(textsOf(chat)).toEqual(['The answer.', 'The check failed.']);
  expect(causesOf(chat)).toEqual([undefined, toCause(tasksOf(chat).map(({ task_id: id }) => id))]);
  expect(chat.eventsOf('session.notice')).toEqual([]);
  const types = chat.events.map(({ type }) => type);
  const [, second] = chat.eventsOf('session.turn_started');
  expect(chat.events.findIndex(({ id }) => id === second?.id)).toBeGreaterThan(types.indexOf('session.turn_completed'));

  await using cut = await openChat(server);
  const there = (name: string) => join(server.dataDir, 'workspaces', cut.sessionId, name);
  await cut.say('check');
  await waitForEnd(cut);
  await writeFile(there('told'), '');
  await until('the report is held', () => existsSync(there('on')));
  await server.kill('SIGKILL');
  await server.restart();
  await writeFile(there('over'), '');
  await using after = await openChat(server, { sessionId: cut.sessionId });
  await after.waitForTurns(2);
  // The model of this test begins its script anew, and so the task a second time.
  expect(causesOf(after)).toEqual([undefined, toCause(expect.arrayContaining([tasksOf(cut)[0]?.task_id]))]);
});

it('says which commands ended with their process, and with a server that was killed', async () => {
  await using chat = await openChat(server);
  await chat.say('serve');
  await chat.waitForTurns(1);
  const { pid } = await waitForCli(server, chat.sessionId);
  process.kill(pid, 'SIGKILL');
  const endedBy = (reason: string) =>
    chat.waitForEvent('session.background_tasks_updated', ({ tasks }) =>
      tasks.some((each) => each.end_reason === reason),
    );
  await endedBy('process_ended');
  await chat.say('serve');
  await chat.waitForTurns(2);
  expect(tasksOf(chat).map(({ status }) => status)).toEqual(['stopped', 'running']);

  await server.kill('SIGKILL');
  await server.restart();
  await waitUntilGone(join(server.dataDir, 'agents'));
  await using after = await openChat(server, { sessionId: chat.sessionId });
  await after.waitForEvent('session.background_tasks_updated', ({ tasks }) =>
    tasks.some((each) => each.end_reason === 'server_restarted'),
  );
  expect(tasksOf(after).map(({ status }) => status)).toEqual(['stopped', 'stopped']);
});

/** Every task that the journal names, in its newest state. */
function tasksOf(chat: Chat): BackgroundTask[] {
  const all = chat.eventsOf('session.background_tasks_updated').flatMap(({ tasks }) => tasks);
  return [...new Map(all.map((task) => [task.task_id, task])).values()];
}
