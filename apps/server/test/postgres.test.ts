import { join } from 'node:path';

import { say, startScriptedModel } from '@claude-sdk-pattern/scripted-model';
import { createWorkspaceDir, startEmbeddedPostgres, startServer, until } from '@claude-sdk-pattern/testkit';
import { afterAll, expect, it } from 'vitest';

import { createBackup } from '../src/backup/create-backup.ts';
import { restoreBackup } from '../src/backup/restore-backup.ts';
import { loadConfig } from '../src/config/load-config.ts';
import { createBudgets } from '../src/model-gateway/fixtures/create-budgets.ts';
import {
  answerCheaply,
  CALL_MICRO_USD,
  spend,
  startBudgetedGateway,
} from '../src/model-gateway/fixtures/budgeted-gateway.ts';
import { createUserKey } from './support/create-user-key.ts';
import { openChat, textsOf } from './support/chat.ts';
import { openDatabaseWay } from './support/open-database-way.ts';

const postgres = await startEmbeddedPostgres();
afterAll(() => postgres.close());

const stack = new AsyncDisposableStack();
const model = stack.use(
  await startScriptedModel({
    scenarios: [{ reply: (conversation) => say(`You said: ${conversation.userTexts.join(', ')}`) }],
  }),
);
const url = await postgres.createDatabase();
const way = stack.use(await openDatabaseWay(url));
const environment = { ANTHROPIC_API_KEY: 'sk-upstream', CLAUDE_SDK_PATTERN_DATABASE_URL: way.url };
const server = stack.use(await startServer({ upstreamUrl: model.url, environment }));
const { sessionId } = await openChat(server);
/** In the tests before the database goes away under a server that serves. */
const STARTS = 3;
afterAll(() => stack.disposeAsync());

it('keeps everything in PostgreSQL and goes on, and from earlier, after the server was killed and had to wait for the database', async () => {
  await using before = await openChat(server, { sessionId });
  await before.say('one');
  await before.waitForTurns(1);
  await server.kill('SIGKILL');
  way.close();
  const restarted = server.restart();
  await until('the process lives', async () => (await fetch(`${server.url}/health/live`)).ok);
  expect(server.logs).toContain('the start waits for it');
  const startup = await fetch(`${server.url}/health/startup`);
  expect([startup.status, await startup.json()]).toMatchObject([503, { reason: /waits for its database/ }]);
  await way.open();
  await restarted;

  await using after = await openChat(server, { sessionId });
  const [two] = await after.say('two');
  await after.waitForTurns(2);
  expect(textsOf(after)).toEqual(['You said: one', 'You said: one, two']);
  const events = [{ type: 'user.message', content: [{ type: 'text', text: 'three' }] }];
  await after.socket.request({ type: 'session.send', session_id: sessionId, events, instead_of: two?.id });
  await after.waitForTurns(3);
  expect(textsOf(after).at(-1)).toBe('You said: one, three');
  expect(after.seqs).toEqual(after.seqs.map((_, index) => index + 1));
});

it('begins its start again when the database breaks off in the middle of it', async () => {
  await server.stop();
  way.closeAt('stops');
  const restarted = server.restart();
  await until('the start waits', () => server.logs.includes('which begins again'));
  await way.open();
  await restarted;
  expect((await server.fetch(`/v1/sessions/${sessionId}`)).status).toBe(200);
});

it('tells who is connected that the database is away, and that it is back', async () => {
  // It listens some moments before its start has ended, which would begin again.
  await until('all starts have ended', () => (server.logs.match(/ is ready at /g)?.length ?? 0) === STARTS);
  await using chat = await openChat(server, { sessionId });
  await chat.socket.request({ type: 'sessions.watch' });
  way.close();
  // The first statement that fails shows it.
  await server.fetch('/v1/sessions');
  await chat.socket.waitFor((frame) => frame.type === 'storage.problem' && frame.problem?.problem === 'database');
  await way.open();
  await chat.socket.waitFor((frame) => frame.type === 'storage.problem' && frame.problem === null);
});

it('says that an outcome is unknown where the connection breaks at the commit, and does once what has a key', async () => {
  const create = (headers: Record<string, string> = {}) =>
    server.fetch('/v1/sessions', {
      ...{ method: 'POST', body: '{"title":"Only once"}' },
      headers: { 'content-type': 'application/json', ...headers },
    });
  const cutOff = async (headers?: Record<string, string>) => {
    way.cutAtCommit('Only once');
    const answer = await create(headers);
    return [answer.status, answer.headers.get('x-should-retry'), await answer.text()];
  };
  const unknown = 'it is not known whether this was stored. ';
  expect(await cutOff()).toEqual([500, 'false', expect.stringContaining(`${unknown}Look before you send it again`)]);
  const key = { 'idempotency-key': 'once' };
  expect(await cutOff(key)).toEqual([500, 'true', expect.stringContaining(`${unknown}Send it again with the same`)]);
  const answers: { id: string }[] = [];
  for (const _ of 'ab') answers.push((await (await create(key)).json()) as { id: string });
  expect(answers[0]?.id).toMatch(/^sesn_/);
  expect(answers[1]?.id).toBe(answers[0]?.id);
  // Both were stored, each once.
  const sessions = await postgres.query<{ id: string }>(url, "select id from sessions where title = 'Only once'");
  expect(sessions).toHaveLength(2);
  expect(sessions).toContainEqual({ id: answers[0]?.id });
});

it('goes on from a backup in another database, by way of SQLite', async () => {
  await using dir = await createWorkspaceDir();
  const withSecretsKey = { withSecretsKey: true, signal: new AbortController().signal };
  const configOf = (dataDir: string, databaseUrl = '') =>
    loadConfig({ CLAUDE_SDK_PATTERN_DATA_DIR: dataDir, CLAUDE_SDK_PATTERN_DATABASE_URL: databaseUrl });
  const userKey = await createUserKey(server, 'ann');
  const pathOf = (name: string) => join(dir.path, name);
  const [first, second] = [pathOf('first'), pathOf('second')];
  const { manifest } = await createBackup(configOf(server.dataDir, url), { target: first, ...withSecretsKey });
  expect(manifest.database.kind).toBe('postgres');
  await restoreBackup(configOf(pathOf('sqlite')), { source: first, withoutSecretsKey: false });
  await createBackup(configOf(pathOf('sqlite')), { target: second, ...withSecretsKey });
  const other = await postgres.createDatabase();
  await restoreBackup(configOf(pathOf('postgres'), other), { source: second, withoutSecretsKey: false });
  const intoUsed = restoreBackup(configOf(pathOf('used'), url), { source: second, withoutSecretsKey: false });
  await expect(intoUsed).rejects.toThrow(/in use already/);

  await server.stop();
  await using restored = await startServer({
    ...{ dataDir: pathOf('postgres'), upstreamUrl: model.url },
    environment: { ANTHROPIC_API_KEY: 'sk-upstream', CLAUDE_SDK_PATTERN_DATABASE_URL: other },
  });
  await using third = await openChat(restored, { sessionId });
  await third.say('four');
  await third.waitForTurns(4);
  expect(textsOf(third).at(-1)).toBe('You said: one, three, four');
  expect(third.seqs).toEqual(third.seqs.map((_, index) => index + 1));
  const theirs = await fetch(`${restored.url}/v1/sessions`, { headers: { 'x-api-key': userKey } });
  expect(await theirs.json()).toMatchObject({ data: [] });
});

it('stops 20 sessions on two servers within one call of a budget that they spend at the same time', async () => {
  const shared = await postgres.createDatabase();
  await using first = await startBudgetedGateway(answerCheaply, { url: shared, nodeId: 'one' });
  await using second = await startBudgetedGateway(answerCheaply, { url: shared, nodeId: 'two' });
  const [id] = await createBudgets(first, [{ scope: 'platform', limitMicroUsd: 1_000_000 }]);
  await until('the second server knows it', () => second.budgets.book.all.length === 1);
  // As many calls as cost 100 dollars.
  const spent = await Promise.all(
    Array.from({ length: 20 }, (_, index) => {
      const { gateway } = index % 2 === 0 ? first : second;
      return spend(gateway, gateway.issue(`sesn_${index}`), 500);
    }),
  );
  expect(spent.filter(({ refusal }) => refusal.includes('is used up'))).toHaveLength(20);
  const made = spent.reduce((sum, each) => sum + each.made, 0);
  expect(made).toBe(1_000_000 / CALL_MICRO_USD);
  const since = { day: '0000', month: '0000', staleBefore: '0000' };
  await until('nothing is reserved', async () => {
    const [state] = await first.store.budgets.readStates([id], since);
    return state?.reservedMicroUsd === 0 && state.spentMicroUsd === 1_000_000;
  });
});
