import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { hang, say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import type {
  RewindResult,
  TerminalResource,
  WorkspaceChanges,
  WorkspaceStateList,
} from '@claude-sdk-pattern/protocol';
import { until } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';

import { openChat } from './support/chat.ts';
import { useStage } from './support/use-stage.ts';

const run = (userText: string, command: string): Scenario => ({
  match: { userText },
  reply: [useTool('Bash', { command }), say('Done.')],
});
const { server } = await useStage([
  run('begin', 'mkdir src && echo one > src/a.txt && echo keep > b.txt'),
  run('go on', 'echo two >> src/a.txt; rm b.txt; printf "\\0" > data.bin; mkfifo pipe'),
  { match: { userText: 'nothing' }, reply: [say('Nothing.')] },
  { match: { userText: 'hold' }, reply: [[say('I wait.'), hang()]] },
]);

it('tells what every turn changed, takes files back to before a message, and takes that back', async () => {
  await using chat = await openChat(server, { session: { permission_mode: 'bypassPermissions' } });
  const base = `/api/v1/sessions/${chat.sessionId}`;
  const read = async <T>(path: string, body?: unknown, of = base): Promise<T> => {
    const response = await fetch(server.url + of + path, {
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
      headers: { 'x-api-key': server.apiKey, 'content-type': 'application/json' },
    });
    return (await response.json()) as T;
  };
  const list = async (query = '') =>
    (await read<WorkspaceChanges>(`/workspace/changes${query}`)).data.map(
      ({ path, status, added, removed }) => `${status} ${path} ${added} ${removed}`,
    );
  const inWorkspace = (path: string) => join(server.dataDir, 'workspaces', chat.sessionId, path);

  const [first] = await chat.say('begin');
  await chat.waitForTurns(1);
  const [second] = await chat.say('go on');
  await chat.waitForTurns(2);
  expect(await list('?from=0&to=1')).toEqual(['added b.txt 1 0', 'added src/a.txt 1 0']);
  expect(await list('?from=1')).toEqual(['deleted b.txt 0 1', 'added data.bin null null', 'modified src/a.txt 1 0']);
  expect(await list()).toEqual(['added data.bin null null', 'added src/a.txt 2 0']);
  const one = await read<WorkspaceChanges>('/workspace/changes?from=1&path=src%2Fa.txt');
  expect(one).toMatchObject({
    total: 1,
    data: [{ diff: { kind: 'text', text: expect.stringContaining('\n+two\n') } }],
  });
  const { data: states } = await read<WorkspaceStateList>('/workspace/states');
  expect(states.map(({ turn, reason, changed_files: files }) => [turn, reason, files])).toEqual([
    ...[
      [0, 'beginning', 0],
      [1, 'turn', 2],
      [2, 'turn', 3],
    ],
  ]);

  // By hand, after the last turn: it comes back with the last step.
  await writeFile(inWorkspace('src/a.txt'), 'by hand\n');
  const preview = await read<RewindResult>('/rewind', { event_id: second?.id, preview: true });
  expect(preview.files).toMatchObject({ total: 3, state: { turn: 1 }, in_the_way: [], event_id: null });
  expect(await readFile(inWorkspace('src/a.txt'), 'utf8')).toBe('by hand\n');
  const rewound = await read<RewindResult>('/rewind', { event_id: second?.id });
  expect(rewound.files?.data.map(({ path, status }) => `${status} ${path}`)).toEqual([
    ...['added b.txt', 'deleted data.bin', 'modified src/a.txt'],
  ]);
  const event = await chat.waitForEvent('session.files_rewound');
  expect(event).toMatchObject({ turn: 1, files: { added: 1, modified: 1, deleted: 1 }, event_id: second?.id });
  expect(await readFile(inWorkspace('src/a.txt'), 'utf8')).toBe('one\n');
  expect(await read<RewindResult>('/rewind', { event_id: first?.id })).toMatchObject({ files: { state: { turn: 0 } } });
  expect(await list('?from=0')).toEqual([]);

  const back = await read<RewindResult>('/rewind', { event_id: rewound.files?.event_id });
  expect(back.files).toMatchObject({ total: 2, state: { reason: 'before_rewind' } });
  expect(await readFile(inWorkspace('src/a.txt'), 'utf8')).toBe('by hand\n');

  // Both, and both back.
  const both = { event_id: second?.id, conversation: true };
  expect(await read<RewindResult>('/rewind', { ...both, preview: true })).toMatchObject({ files: { total: 3 } });
  const parted = await read<RewindResult>('/rewind', both);
  expect(parted).toMatchObject({ files: { total: 3, state: { turn: 1 } }, conversation: { seq: expect.any(Number) } });
  const { head_seq: head } = await chat.waitForEvent('session.branched', ({ reason }) => reason === 'rewound');
  expect(head).toBe(parted.conversation?.head_seq);
  expect(await readFile(inWorkspace('src/a.txt'), 'utf8')).toBe('one\n');
  const joined = await read<RewindResult>('/rewind', { event_id: parted.files?.event_id, conversation: true });
  expect(joined).toMatchObject({ files: { total: 3 }, conversation: { seq: expect.any(Number) } });
  await chat.waitForEvent(
    'session.branched',
    ({ reason, message_id: id }) => reason === 'switched' && id === second?.id,
  );
  expect(await readFile(inWorkspace('src/a.txt'), 'utf8')).toBe('by hand\n');

  // Whoever takes the conversation back at once does so behind the files, whose event says how they come back.
  const again = read<RewindResult>('/rewind', both);
  await chat.socket.waitFor(() => chat.eventsOf('session.branched').length === 3);
  await chat.socket.request({ type: 'session.switch', session_id: chat.sessionId, event_id: second?.id ?? '' });
  expect((await again).files?.event_id).toBe(chat.eventsOf('session.files_rewound').at(-1)?.id);
  const told = chat.events.filter(({ type }) => /branched|files_rewound/.test(type)).map(({ type }) => type);
  expect(told.slice(-3)).toEqual(['session.branched', 'session.files_rewound', 'session.branched']);
  await read('/rewind', { event_id: (await again).files?.event_id });
  expect(await readFile(inWorkspace('src/a.txt'), 'utf8')).toBe('by hand\n');

  // A fork goes back to before its own beginning.
  const reply = await chat.socket.request({ type: 'session.fork', session_id: chat.sessionId });
  const { session: forked } = (reply as unknown as { result: { session: { id: string } } }).result;
  await using fork = await openChat(server, { sessionId: forked.id });
  const inFork = `/api/v1/sessions/${forked.id}`;
  const ask = async <T>(path: string, body?: unknown) => read<T>(path, body, inFork);
  expect(await ask<WorkspaceChanges>('/workspace/changes?from=1&to=2')).toMatchObject({ total: 3 });
  const before = fork.eventsOf('user.message')[1]?.id;
  expect((await ask<RewindResult>('/rewind', { event_id: before })).files).toMatchObject({
    total: 3,
    state: { turn: 1 },
  });
  expect(await readFile(join(server.dataDir, 'workspaces', forked.id, 'src/a.txt'), 'utf8')).toBe('one\n');
  expect(await readFile(inWorkspace('src/a.txt'), 'utf8')).toBe('by hand\n');

  await chat.say('hold');
  await chat.waitForEvent('session.turn_started', ({ turn }) => turn === 3);
  expect(await read('/rewind', { event_id: first?.id })).toMatchObject({
    error: { type: 'invalid_request_error', message: expect.stringContaining('is working') },
  });
});

it('counts what people do in a terminal as theirs, and not as a change of the turn behind it', async () => {
  await using chat = await openChat(server, { session: { permission_mode: 'bypassPermissions' } });
  const base = `/api/v1/sessions/${chat.sessionId}`;
  const headers = { 'x-api-key': server.apiKey, 'content-type': 'application/json' };
  const read = async <T>(path: string): Promise<T> => (await (await server.fetch(base + path)).json()) as T;
  const list = async (query: string) =>
    (await read<WorkspaceChanges>(`/workspace/changes${query}`)).data.map(({ path, status }) => `${status} ${path}`);
  const statesOf = async () => (await read<WorkspaceStateList>('/workspace/states')).data;

  const [begun] = await chat.say('begin');
  await chat.waitForTurns(1);
  // The state behind the turn is recorded beside it; what is typed meanwhile would be in it.
  await statesOf();
  const body = JSON.stringify({ columns: 80, rows: 24 });
  const opened = await server.fetch(`${base}/terminals`, { method: 'POST', headers, body });
  const { id } = (await opened.json()) as TerminalResource;
  const url = `${server.url.replace('http', 'ws')}/ws/v1/sessions/${chat.sessionId}/terminals/${id}?after=0`;
  const shell = new WebSocket(url, { headers });
  await once(shell, 'message');
  const type = async (command: string, file: string) => {
    shell.send(Buffer.from(`${command}\n`));
    await until('the command has run', () => existsSync(join(server.dataDir, 'workspaces', chat.sessionId, file)));
  };
  await type('echo typed > .typed && mv .typed typed.txt', 'typed.txt');
  await chat.say('go on');
  await chat.waitForTurns(2);

  const seen = (await statesOf()).map(({ turn, reason, made_by: by, changed_files: files }) => {
    return [turn, reason, by.map(({ name }) => name), files];
  });
  const me = expect.any(String) as string;
  expect(seen).toEqual([
    [0, 'beginning', [], 0],
    [1, 'turn', [], 2],
    [1, 'terminal', [me], 1],
    [2, 'turn', [], 3],
  ]);
  expect(await list('?from=0&to=1')).toEqual(['added b.txt', 'added src/a.txt']);
  expect(await list('?from=before:3&to=state:3')).toEqual(['added typed.txt']);
  expect(await list('?from=1&to=2')).toEqual(['deleted b.txt', 'added data.bin', 'modified src/a.txt']);
  expect((await server.fetch(`${base}/workspace/changes?from=before:1`)).status).toBe(404);

  // What was typed and closed long before the next turn is still somebody's.
  await type('echo more > .more && mv .more more.txt', 'more.txt');
  shell.send(Buffer.from('exit\n'));
  await once(shell, 'close');
  await chat.say('nothing');
  await chat.waitForTurns(3);
  expect((await statesOf()).slice(4)).toMatchObject([
    { turn: 2, reason: 'terminal', changed_files: 1, made_by: [{}] },
    { turn: 3, reason: 'turn', changed_files: 0, made_by: [] },
  ]);

  // The preview of a rewind says whose work it would take back.
  const request = { method: 'POST', headers, body: JSON.stringify({ event_id: begun?.id, preview: true }) };
  const preview = (await (await server.fetch(`${base}/rewind`, request)).json()) as RewindResult;
  expect(Object.fromEntries(preview.files?.data.map(({ path, made_by: by }) => [path, by?.length]) ?? [])).toEqual({
    ...{ 'data.bin': 0, 'src/a.txt': 0, 'typed.txt': 1, 'more.txt': 1 },
  });
});
