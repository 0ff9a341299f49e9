import { once } from 'node:events';
import { chown, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';

import type { Bootstrap } from '@claude-sdk-pattern/protocol';
import { say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { startServer, type TestServer } from '@claude-sdk-pattern/testkit';
import { afterAll, describe, expect, it } from 'vitest';

import { parseProbe, readProbe, type ProbeFacts } from '../src/hosts/sandbox-problem.ts';
import { allowCommands } from './support/allow-commands.ts';
import { openChat, type Chat } from './support/chat.ts';
import { findSandboxProblemHere } from './support/sandbox.ts';
import { useModel } from './support/use-stage.ts';

/** Of the columns of docs/operate/security.md, in their order. */
const HOSTS = [
  { launcher: 'bubblewrap', as: 'root' },
  { launcher: 'bubblewrap', as: 'user' },
  { launcher: 'local', as: 'root' },
  { launcher: 'local', as: 'user' },
] as const;
const ORDINARY_USER = 64_001;
const KEY = 'sk-upstream-that-no-agent-may-see';
const SECURITY = join(import.meta.dirname, '../../../docs/operate/security.md');

const isRoot = process.getuid?.() === 0;
const problem = await findSandboxProblemHere();
const whyNot = ({ launcher, as }: (typeof HOSTS)[number]): string | undefined => {
  if (as === 'root' && !isRoot) return 'the tests do not run as root';
  const needsSandbox = launcher === 'bubblewrap' || (as === 'user' && isRoot);
  return needsSandbox ? problem : undefined;
};

let probe = '';
const scenarios: Scenario[] = [
  { match: { userText: /^probe/ }, reply: [() => useTool('Bash', { command: probe }), say('Done.')] },
];
const model = await useModel(scenarios);

const openFreeChat = async (on: TestServer) => {
  await allowCommands(on);
  return openChat(on);
};

async function ask(chat: Chat, text: string): Promise<string> {
  await chat.say(text);
  await chat.waitForTurns(1);
  const [block] = chat.eventsOf('agent.tool_result').at(-1)?.content ?? [];
  return block?.type === 'text' ? block.text : '';
}

/** What the probe finds from inside a session, under the names that the page uses. */
async function measure(server: TestServer, port: number): Promise<ProbeFacts> {
  const home = join(server.dataDir, '..', 'key-of-the-server');
  const workspace = join(server.dataDir, 'workspaces', 'another');
  const note = join(workspace, 'note.txt');
  await mkdir(workspace, { recursive: true, mode: 0o700 });
  await writeFile(home, 'a key', { mode: 0o600 });
  await writeFile(note, 'said to another', { mode: 0o600 });
  if (isRoot) for (const path of [home, dirname(workspace), workspace, note]) await giveToOwnerOf(server, path);
  const files = {
    reads_database: join(server.dataDir, 'csp.db'),
    reads_secrets_key: join(server.dataDir, 'secrets.key'),
    reads_other_session: note,
    reads_home: home,
    reads_shadow: '/etc/shadow',
  };
  const args = [...Object.values(files).map((path) => `file=${path}`), `port=${port}`, `word=${KEY}`];
  probe = `set -- ${args.map((arg) => `'${arg}'`).join(' ')}\n${await readProbe()}`;
  await using chat = await openFreeChat(server);
  const facts = parseProbe(await ask(chat, 'probe'));
  const sets = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((set) => facts.get(set) ?? '?');
  return new Map([
    ...facts,
    ...Object.entries(files).map(([name, path]) => [name, facts.get(`reads:${path}`) ?? '?'] as const),
    ['has_capabilities', sets.every((set) => /^0+$/.test(set)) ? 'no' : 'yes'],
    ['is_root', facts.get('uid') === '0' ? 'yes' : 'no'],
    ['may_gain_privileges', facts.get('no_new_privs') === '1' ? 'no' : 'yes'],
  ]);
}

async function giveToOwnerOf(server: TestServer, path: string): Promise<void> {
  const { uid, gid } = await stat(server.dataDir);
  await chown(path, uid, gid);
}

/** The rows of the table: what was tried, and for each host what must have come of it; undefined where it depends. */
async function readTable(): Promise<{ fact: string; expected: (string | undefined)[] }[]> {
  const text = await readFile(SECURITY, 'utf8');
  return [...text.matchAll(/^\| `(\w+)`[^|]*\|(.*)\|$/gm)].map(([, fact = '', cells = '']) => ({
    fact,
    expected: cells.split('|').map((cell) => (/^(yes|no)$/.test(cell.trim()) ? cell.trim() : undefined)),
  }));
}

const bystander = createServer((socket) => socket.on('error', () => undefined).end()).listen(0, '127.0.0.1');
await once(bystander, 'listening');
afterAll(() => bystander.close());

describe.each(HOSTS)('a session with the launcher $launcher and a server that runs as $as', (host) => {
  const reason = whyNot(host);
  if (reason !== undefined) console.warn(`SKIPPED: ${host.launcher} as ${host.as} is not measured, because ${reason}`);

  it.skipIf(reason !== undefined)('is held to what docs/operate/security.md says', { timeout: 60_000 }, async () => {
    await using server = await startServer({
      upstreamUrl: model.url,
      environment: { ANTHROPIC_API_KEY: KEY, CLAUDE_SDK_PATTERN_LAUNCHER: host.launcher },
      ...(host.as === 'user' && isRoot && { runAs: ORDINARY_USER }),
    });
    const bootstrap = (await (await server.fetch('/api/v1/bootstrap')).json()) as Bootstrap;
    expect(bootstrap.unconfined?.includes('agents run with all rights of') ?? false).toBe(host.launcher === 'local');
    const facts = await measure(server, (bystander.address() as AddressInfo).port);
    const table = await readTable();
    const expected = table.flatMap(({ fact, expected: cells }) => {
      const cell = cells[HOSTS.indexOf(host)];
      return cell === undefined ? [] : [[fact, cell] as const];
    });
    expect(expected.length).toBeGreaterThan(5);
    expect(Object.fromEntries(expected.map(([fact]) => [fact, facts.get(fact)]))).toEqual(Object.fromEntries(expected));
    if (host.launcher === 'local') return;
    expect(Object.fromEntries(facts)).toMatchObject({ tmp_kib: '524288', shm_kib: '65536' });
    expect(['1024', undefined]).toContain(facts.get('max_processes'));
    const user = host.as === 'root' ? 'agent' : facts.get('user');
    expect(facts.get('user')).toBe(user);
  });
});
