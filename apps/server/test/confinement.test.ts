import { once } from 'node:events';
import { chown, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { randomUUID } from 'node:crypto';

import type { Bootstrap } from '@claude-sdk-pattern/protocol';
import { say, useTool, type Reply, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { startServer, type TestServer } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { parseProbe, readProbe, type ProbeFacts } from '../src/hosts/sandbox-problem.ts';
import { openChat, type Chat } from './support/chat.ts';
import { createUserKey } from './support/create-user-key.ts';
import { listAttempts, toAttemptScript, type Outside } from './support/escape-attempts.ts';
import { findSandboxProblemHere } from './support/sandbox.ts';
import { toSearchScript, type SearchOptions } from './support/search-for-words.ts';
import { useModel } from './support/use-stage.ts';

/** Of the columns of the tables of docs/operate/security.md, in their order. */
const HOSTS = [
  { launcher: 'bubblewrap', as: 'root' },
  { launcher: 'bubblewrap', as: 'user' },
  { launcher: 'local', as: 'root' },
  { launcher: 'local', as: 'user' },
] as const;
const ORDINARY_USER = 64_001;
const PLANTED = `planted-${randomUUID()}`;
const KEY = `${PLANTED}-upstream-key`;
const SECURITY = join(import.meta.dirname, '../../../docs/operate/security.md');

const isRoot = process.getuid?.() === 0;
const problem = await findSandboxProblemHere();
const whyNot = ({ launcher, as }: (typeof HOSTS)[number]): string | undefined => {
  if (as === 'root' && !isRoot) return 'the tests do not run as root';
  const needsSandbox = launcher === 'bubblewrap' || (as === 'user' && isRoot);
  return needsSandbox ? problem : undefined;
};

/** What the model calls next. */
let calls: Reply[] = [];
const scenarios: Scenario[] = [
  { match: { userText: /^try/ }, reply: [() => calls, say('Done.')] },
  { match: { userText: /^[@!]/ }, reply: [say('Seen.')] },
];
const model = await useModel(scenarios);

async function use(chat: Chat, ...tools: Reply[]): Promise<string[]> {
  calls = tools;
  const before = chat.eventsOf('agent.tool_result').length;
  await sendTurn(chat, 'try');
  return chat
    .eventsOf('agent.tool_result')
    .slice(before)
    .map(({ content }) => (content ?? []).map((block) => (block.type === 'text' ? block.text : '')).join(''));
}

async function sendTurn(chat: Chat, text: string): Promise<void> {
  const turns = chat.eventsOf('session.turn_completed').length;
  await chat.say(text);
  await chat.waitForTurns(turns + 1);
}

/** Everything is allowed, so that the host alone confines. */
async function openFreeChat(server: TestServer): Promise<Chat> {
  const rules = ['Bash', 'Read', 'Edit'].map((rule) => ({ effect: 'allow', rule }));
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ version: 0, rules });
  expect((await server.fetch('/api/v1/policy', { method: 'PUT', headers, body })).status).toBe(200);
  return openChat(server);
}

/** Everything secret that the platform has: in its environment, its database, its files and settings beside them. */
async function plantWords(server: TestServer, outside: Outside): Promise<string[]> {
  const system = `${PLANTED}-in-the-database`;
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ name: 'Other', model: 'default', system });
  expect((await server.fetch('/v1/agents', { method: 'POST', headers, body })).status).toBe(200);
  await plant(server, join(server.dataDir, '..', 'csp.env'), `KEY=${PLANTED}-in-the-settings`);
  const secretsKey = await readFile(join(server.dataDir, 'secrets.key'), 'utf8');
  return [PLANTED, server.apiKey, await createUserKey(server, 'other'), secretsKey.trim(), outside.word];
}

/** What a search of the session finds, by where. */
async function search(server: TestServer, chat: Chat, options: Omit<SearchOptions, 'urls'>): Promise<string> {
  const paths = ['/v1/agents', '/v1/sessions', '/api/v1/bootstrap', '/api/v1/users', '/api/v1/policy', '/metrics'];
  const urls = paths.map((path) => `${server.url}${path}`);
  const [output = ''] = await use(
    chat,
    useTool('Bash', { command: toSearchScript({ ...options, urls }), timeout: 60_000 }),
  );
  return output;
}

/** What the probe finds from inside a session, under the names that the page uses. */
async function measure(server: TestServer, chat: Chat, outside: Outside, port: number): Promise<ProbeFacts> {
  const home = join(server.dataDir, '..', 'key-of-the-server');
  await plant(server, home, 'a key');
  const files = {
    reads_database: outside.database,
    reads_secrets_key: join(server.dataDir, 'secrets.key'),
    reads_other_session: outside.marker,
    reads_home: home,
    reads_shadow: '/etc/shadow',
  };
  const args = [...Object.values(files).map((path) => `file=${path}`), `port=${port}`, `word=${KEY}`];
  const probe = `set -- ${args.map((arg) => `'${arg}'`).join(' ')}\n${await readProbe()}`;
  const [output = ''] = await use(chat, useTool('Bash', { command: probe }));
  const facts = parseProbe(output);
  const sets = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((set) => facts.get(set) ?? '?');
  return new Map([
    ...facts,
    ...Object.entries(files).map(([name, path]) => [name, facts.get(`reads:${path}`) ?? '?'] as const),
    ['has_capabilities', sets.every((set) => /^0+$/.test(set)) ? 'no' : 'yes'],
    ['is_root', facts.get('uid') === '0' ? 'yes' : 'no'],
    ['may_gain_privileges', facts.get('no_new_privs') === '1' ? 'no' : 'yes'],
  ]);
}

/** Which attempts to leave the workspace come through. */
async function tryToLeave(server: TestServer, chat: Chat, outside: Outside): Promise<ProbeFacts> {
  const attempts = listAttempts(outside);
  const came = new Map<string, boolean>();
  const [script = ''] = await use(chat, useTool('Bash', { command: toAttemptScript(outside) }));
  const printed = new Map(script.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line] as const));
  const toolCalls = attempts.flatMap(({ by }) => ('tool' in by ? [useTool(by.tool, by.input)] : []));
  let results: string[] | undefined;
  for (const { name, by } of attempts) {
    if ('command' in by) came.set(name, hasSeen(printed.get(name) ?? missing(name), outside));
    else if ('tool' in by) {
      results ??= await use(chat, ...toolCalls);
      came.set(name, hasSeen(results.shift() ?? missing(name), outside));
    } else if ('message' in by) {
      await sendTurn(chat, by.message);
      const sent = model.requests.at(-1)?.body?.messages ?? missing(name);
      const lastAnswer = sent.findLastIndex(({ role }) => role === 'assistant');
      came.set(name, hasSeen(JSON.stringify(sent.slice(lastAnswer + 1)), outside));
    } else {
      const path = `/api/v1/sessions/${chat.sessionId}/workspace/file?path=${encodeURIComponent(by.page)}`;
      came.set(name, hasSeen(await (await server.fetch(path)).text(), outside));
    }
  }
  for (const name of await readdir(outside.dir)) if (came.has(name)) came.set(name, true);
  return new Map([...came].map(([name, yes]) => [name, yes ? 'yes' : 'no']));
}

function hasSeen(text: string, { word }: Outside): boolean {
  return text.includes(word) || text.includes('SQLite format 3');
}

function missing(name: string): never {
  throw new Error(`The attempt ${name} was not made`);
}

/** A file that only the server's user may read. */
async function plant(server: TestServer, path: string, text: string): Promise<void> {
  const { uid, gid } = await stat(server.dataDir);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, text, { mode: 0o600 });
  const isInside = (each: string) => each.startsWith(`${server.dataDir}/`);
  if (isRoot) for (let each = path; each === path || isInside(each); each = dirname(each)) await chown(each, uid, gid);
}

/** The rows of a table below a heading: what was tried, and what must have come of it; undefined where it depends. */
async function readTable(heading: string, host: (typeof HOSTS)[number]): Promise<Map<string, string | undefined>> {
  const text = await readFile(SECURITY, 'utf8');
  const section = text.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? '';
  const rows = [...section.matchAll(/^\| `(\w+)`[^|]*\|(.*)\|$/gm)];
  return new Map(
    rows.map(([, fact = '', cells = '']) => {
      const cell = cells.split('|')[HOSTS.indexOf(host)]?.trim() ?? '';
      return [fact, /^(yes|no)$/.test(cell) ? cell : undefined];
    }),
  );
}

/** The facts of the table's rows that do not depend on the machine. */
function expectTable(table: ReadonlyMap<string, string | undefined>, facts: ProbeFacts): void {
  const expected = [...table].filter(([, cell]) => cell !== undefined);
  expect(expected.length).toBeGreaterThan(5);
  expect(Object.fromEntries(expected.map(([fact]) => [fact, facts.get(fact)]))).toEqual(Object.fromEntries(expected));
}

const bystander = createServer((socket) => socket.on('error', () => undefined).end()).listen(0, '127.0.0.1');
await once(bystander, 'listening');
afterAll(() => bystander.close());

describe.each(HOSTS)('a session with the launcher $launcher and a server that runs as $as', (host) => {
  const reason = whyNot(host);
  if (reason !== undefined) console.warn(`SKIPPED: ${host.launcher} as ${host.as} is not measured, because ${reason}`);
  const plantedAtSeconds = Math.floor(Date.now() / 1000);
  let server: TestServer;
  let chat: Chat;
  let outside: Outside;

  beforeAll(async () => {
    if (reason !== undefined) return;
    server = await startServer({
      upstreamUrl: model.url,
      environment: {
        ANTHROPIC_API_KEY: KEY,
        CLAUDE_SDK_PATTERN_LAUNCHER: host.launcher,
      },
      ...(host.as === 'user' && isRoot && { runAs: ORDINARY_USER }),
    });
    const dir = join(server.dataDir, 'workspaces', 'another');
    const marker = join(dir, 'marker.txt');
    outside = { dir, marker, word: `${PLANTED}-said-to-another`, database: join(server.dataDir, 'csp.db') };
    await plant(server, marker, outside.word);
    await plant(server, join(dir, `listed-${outside.word}`), '');
    chat = await openFreeChat(server);
  });
  afterAll(async () => {
    await chat?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  // First: what the other tests say stands in the transcript.
  it.skipIf(reason !== undefined)(
    'finds no key of the platform in all that is promised to be closed',
    { timeout: 60_000 },
    async () => {
      const words = await plantWords(server, outside);
      const isConfined = host.launcher === 'bubblewrap';
      const output = await search(server, chat, {
        words,
        canary: `${PLANTED}-canary`,
        plantedAtSeconds,
        roots: isConfined ? '/' : '"$HOME" "$CLAUDE_CONFIG_DIR" "$TMPDIR" "$OLDPWD"',
        looksAt: isConfined
          ? 'true'
          : 'grep -sqazxF "CLAUDE_SDK_PATTERN_PROCESS=$CLAUDE_SDK_PATTERN_PROCESS" "/proc/$1/environ"',
      });
      const valuesOf = (name: string) =>
        [...output.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value]) => value);
      const [canary] = valuesOf('canary');
      const inFile = expect.stringMatching(/^file:.*\/home\/canary$/);
      expect(valuesOf('found')).toEqual([inFile, `environ:${canary}`, `memory:${canary}`]);
      // The CLI alone has more.
      expect(Number(valuesOf('memory')[0])).toBeGreaterThan(100_000_000);
    },
  );

  it.skipIf(reason !== undefined)('is held to what docs/operate/security.md says', { timeout: 60_000 }, async () => {
    const bootstrap = (await (await server.fetch('/api/v1/bootstrap')).json()) as Bootstrap;
    expect(bootstrap.unconfined?.includes('agents run with all rights of') ?? false).toBe(host.launcher === 'local');
    const facts = await measure(server, chat, outside, (bystander.address() as AddressInfo).port);
    expectTable(await readTable('As measured', host), facts);
    if (host.launcher === 'local') return;
    expect(Object.fromEntries(facts)).toMatchObject({ tmp_kib: '524288', shm_kib: '65536' });
    expect(['1024', undefined]).toContain(facts.get('max_processes'));
    const user = host.as === 'root' ? 'agent' : facts.get('user');
    expect(facts.get('user')).toBe(user);
  });

  it.skipIf(reason !== undefined)(
    'leaves its workspace in no other way than the page says',
    { timeout: 60_000 },
    async () => {
      const facts = await tryToLeave(server, chat, outside);
      const table = await readTable('Ways out of the workspace', host);
      expect([...table.keys()]).toEqual([...facts.keys()]);
      expectTable(table, facts);
    },
  );
});
