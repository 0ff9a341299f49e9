import { readdirSync, readFileSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { say, useTool } from '@claude-sdk-pattern/scripted-model';
import { until } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openChat } from './support/chat.ts';
import { useStage } from './support/use-stage.ts';

/** So many that a kill comes before the last one. */
const FILES = 5000;
const run = (userText: string, command: string) => ({
  match: { userText },
  reply: [useTool('Bash', { command }), say('Done.')],
});
const { server } = await useStage([
  run('make', `mkdir many && cd many && for i in $(seq ${FILES}); do echo old > $i.txt; done`),
  run('change', 'sed -i s/old/new/ many/*.txt'),
]);

it('leaves no half of a rewind or a fork that was cut by SIGKILL, and both can be done then', async () => {
  await using chat = await openChat(server, { session: { permission_mode: 'bypassPermissions' } });
  const workspaces = join(server.dataDir, 'workspaces');
  const many = join(workspaces, chat.sessionId, 'many');
  const contents = () => [...new Set(readdirSync(many).map((name) => readFileSync(join(many, name), 'utf8').trim()))];
  const rewind = (eventId: string | undefined) =>
    fetch(`${server.url}/api/v1/sessions/${chat.sessionId}/rewind`, {
      method: 'POST',
      headers: { 'x-api-key': server.apiKey, 'content-type': 'application/json' },
      body: JSON.stringify({ event_id: eventId }),
    });
  await chat.say('make');
  await chat.waitForTurns(1);
  const [change] = await chat.say('change');
  await chat.waitForTurns(2);

  const rewinding = rewind(change?.id).catch(() => undefined);
  // In the order of their names.
  await until('the first file is as it was', async () => (await readFile(join(many, '1.txt'), 'utf8')) === 'old\n');
  await server.kill('SIGKILL');
  await rewinding;
  expect(contents().toSorted()).toEqual(['new', 'old']);
  await server.restart();
  await using after = await openChat(server, { sessionId: chat.sessionId });
  await after.waitForEvent('session.notice', ({ text }) => text.startsWith('The server was stopped while files'));
  expect([contents(), readdirSync(many).length]).toEqual([['new'], FILES]);
  expect((await rewind(change?.id)).status).toBe(200);
  expect([contents(), readdirSync(many).length]).toEqual([['old'], FILES]);

  const fork = { id: 'fork-once', type: 'session.fork', session_id: chat.sessionId };
  const folders = () => readdir(workspaces);
  const forking = after.socket.request(fork).catch(() => undefined);
  await until('files are being copied', async () => (await folders()).length === 2);
  await server.kill('SIGKILL');
  await forking;
  await server.restart();
  await until('what was copied is gone', async () => (await folders()).length === 1);
  const list = async () => {
    const { data } = (await (await server.fetch('/v1/sessions')).json()) as { data: { id: string }[] };
    return data.map(({ id }) => id);
  };
  expect(await list()).toEqual([chat.sessionId]);
  await using again = await openChat(server, { sessionId: chat.sessionId });
  const toForked = async () => {
    const reply = await again.socket.request(fork);
    return (reply as unknown as { result: { session: { id: string } } }).result.session.id;
  };
  const forked = await toForked();
  expect(await toForked()).toBe(forked);
  expect((await list()).toSorted()).toEqual([chat.sessionId, forked].toSorted());
  expect(readdirSync(join(workspaces, forked, 'many'))).toHaveLength(FILES);
});
