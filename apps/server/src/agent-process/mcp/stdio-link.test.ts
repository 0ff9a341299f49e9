import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { hideTexts } from '@claude-sdk-pattern/protocol';
import { createWorkspaceDir, listProcesses, until, waitUntilGone } from '@claude-sdk-pattern/testkit';
import { describe, expect, it } from 'vitest';

import type { StdioMcpServer } from '../../definitions/mcp-server-spec.ts';
import { openTestHost } from '../../hosts/fixtures/open-test-host.ts';
import { toSessionDirs } from '../../workspaces/session-dirs.ts';
import { openRelay } from './fixtures/relay-harness.ts';
import type { McpRelayOptions } from './mcp-relay-options.ts';
import { createMcpAuthorization } from '../../definitions/mcp-authorization.ts';
import { createMcpRevisions } from './mcp-revisions.ts';
import { createLinkOpener, type LinkDeps } from './open-link.ts';

const MB = 1024 * 1024;
const QUICK = { pingIntervalMs: 100, pingTimeoutMs: 100, processTimeoutMs: 60_000, stopTimeoutMs: 100 };

interface Options extends Partial<McpRelayOptions> {
  /** A file of the fixtures. */
  program?: string;
  command?: string;
  flags?: string[];
  env?: Record<string, string>;
  links?: Partial<LinkDeps>;
}

/** A relay to the fixture as a process of a test host. */
async function openStdio({
  flags = [],
  env = {},
  links = {},
  command = process.execPath,
  program = 'stdio-server.mjs',
  ...options
}: Options = {}) {
  await using stack = new AsyncDisposableStack();
  const data = stack.use(await createWorkspaceDir());
  const opened = stack.use(openTestHost({ times: { afterStdinMs: 200, afterSigtermMs: 200 } }));
  const dirs = toSessionDirs(data.path, 'session');
  await mkdir(dirs.workspace, { recursive: true });
  const server: StdioMcpServer = {
    ...{ name: 'docs', transport: 'stdio', env, readableDirs: [] },
    command,
    args: [join(import.meta.dirname, 'fixtures', program), ...flags],
  };
  const openLink = createLinkOpener(server, {
    ...{ host: opened.host, dirs, agentSessionId: 'session', networking: undefined, path: '/usr/bin:/bin' },
    maxRssBytes: Infinity,
    secrets: {
      resolve: (values) => Promise.resolve(values),
      mask: (value) => hideTexts(value, [{ text: 's3cret', mask: '…' }]),
    },
    authorization: createMcpAuthorization([], () => Promise.resolve(true)),
    revisions: createMcpRevisions(() => 0),
    user: () => undefined,
    ...links,
  });
  const relay = stack.use(await openRelay({ ...options, openLink }));
  const held = stack.move();
  return {
    ...{ relay, dirs, host: opened.host, nodeId: opened.nodeId },
    ...{ listTools: relay.listTools, call: relay.call, texts: relay.texts },
    /** Of the server, once it is there. */
    async pid() {
      await until('it is there', () => relay.relay.status.state === 'ready');
      return (toData(await relay.call('echo')) as { pid: number }).pid;
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

const toText = (result: unknown) => (result as { content: { text: string }[] }).content[0]?.text ?? '';
const toData = (result: unknown): unknown => JSON.parse(toText(result));

describe('a server that is a process', () => {
  it('has the workspace as its folder, a home of its own, and only what is declared for it', async () => {
    const secrets: LinkDeps['secrets'] = {
      async resolve(values, context) {
        expect(context).toEqual({ sessionId: 'session', userId: 'user_1', agentId: 'agent_1' });
        return Object.fromEntries(
          Object.entries(values).map(([name, value]) => [name, value.replace('${secret:A}', 's3cret')]),
        );
      },
      mask: (value) => hideTexts(value, [{ text: 's3cret', mask: '[hidden: A]' }]),
    };
    const user = () => ({ userId: 'user_1', agentId: 'agent_1', vaultIds: [] });
    await using server = await openStdio({ env: { TOKEN: '${secret:A}' }, links: { secrets, user } });
    const { cwd, env } = toData(await server.call('echo')) as { cwd: string; env: Record<string, string> };
    expect(cwd).toBe(server.dirs.workspace);
    const { HOME: home = '', TMPDIR: tmp = '', CLAUDE_SDK_PATTERN_PROCESS: _, ...rest } = env;
    expect(rest).toEqual({ PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', TOKEN: '[hidden: A]' });
    for (const dir of [home, tmp]) {
      expect(dir).toContain('/servers/docs/');
      expect(Object.values(server.dirs)).not.toContain(dir);
    }
  });

  it('is not started when a secret of it is not there, and people are told', async () => {
    const resolve = () => Promise.reject(new Error('it needs the secret A, which is not there'));
    await using server = await openStdio({ links: { secrets: { resolve, mask: (value) => value } } });
    expect(await server.listTools()).toEqual([]);
    expect(server.texts()).toEqual([expect.stringContaining('docs cannot be reached: it needs the secret A')]);
    expect(await listProcesses(server.nodeId)).toEqual([]);
  });

  it('may speak revision 2026-07-28 alone', async () => {
    await using server = await openStdio({ program: 'stateless-server.mjs' });
    await until('its tools are there', () => server.relay.relay.status.tools.length > 0);
    expect(toText(await server.call('greet'))).toBe('greet was called');
    await server.relay.stopCall('work');
    expect(toText(await server.call('greet'))).toBe('greet was called');
    await until('of its two processes one is left', async () => (await listProcesses(server.nodeId)).length === 1);
  });

  it('is started as soon as a session has it whose owner has its secret', async () => {
    const owner: { id?: string } = {};
    const resolve = (values: Record<string, string>, context: { userId?: string }) =>
      context.userId === undefined ? Promise.reject(new Error('it needs a secret')) : Promise.resolve(values);
    const secrets = { resolve, mask: <T>(value: T) => value };
    const user = () => (owner.id === undefined ? undefined : { userId: owner.id, agentId: 'agent_1', vaultIds: [] });
    await using server = await openStdio({ links: { secrets, user } });
    expect(server.texts()).toEqual([expect.stringContaining('it needs a secret')]);
    owner.id = 'user_1';
    server.relay.relay.retry();
    await until('it is there', () => server.relay.relay.facts.length === 0);
    expect(server.texts()).toHaveLength(2);
  });

  it('may write text to its output, which is ignored and told once, and any amount to its standard error', async () => {
    await using server = await openStdio({ flags: ['--text', '--stderr'] });
    expect(await server.listTools()).toContain('echo');
    await server.call('echo');
    expect(server.texts()).toEqual([expect.stringContaining('not quite in order: it writes lines')]);
    expect(server.texts()[0]).toContain('“Welcome to this server!”');
  });

  it('loses only the call whose answer is too long or no JSON-RPC', async () => {
    await using server = await openStdio();
    const pid = await server.pid();
    await expect(server.call('huge')).rejects.toThrow('it answers with more than 8388608 bytes');
    await expect(server.call('wrong')).rejects.toThrow('its answer is no JSON-RPC');
    expect(await server.pid()).toBe(pid);
  });

  it('keeps its text beside structured content', async () => {
    await using server = await openStdio();
    const result = await server.call('structured');
    expect(result).toEqual({
      content: [
        { type: 'text', text: 'Two items' },
        { type: 'text', text: '{"items":[1,2]}' },
      ],
    });
  });

  it('hears that a call is stopped, and goes on', async () => {
    await using server = await openStdio({ times: QUICK, flags: ['--no-ping'] });
    const pid = await server.pid();
    await server.relay.stopCall('hang');
    await until('it has heard', async () => (toData(await server.call('cancelled')) as string[]).length === 1);
    expect(await server.pid()).toBe(pid);
  });
});

describe('a server that ends', () => {
  it('in a call, fails the call at once with why, and is there again without another call', async () => {
    await using server = await openStdio();
    const pid = await server.pid();
    const result = await server.call('die');
    const why = 'docs cannot be reached: it ended with exit code 7 and said “TypeError: it fell over”';
    expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringContaining(why) }] });
    await until('it is there again', () => server.relay.relay.facts.length === 0);
    expect(server.texts()).toEqual([expect.stringContaining(why), expect.stringContaining('can be reached now')]);
    expect(await server.pid()).not.toBe(pid);
  });

  it('takes its children with it', async () => {
    await using server = await openStdio();
    await server.call('children');
    expect(await listProcesses(server.nodeId)).toHaveLength(3);
    await server.relay.relay.close();
    await waitUntilGone(server.nodeId);
  });

  it('before it is connected, is named with its last words, without secrets', async () => {
    await using server = await openStdio({ flags: ['--die'] });
    expect(await server.listTools()).toEqual([]);
    expect(server.texts()).toEqual([
      expect.stringContaining('it ended with exit code 3 and said “Error: no password for the shelf …”'),
    ]);
  });

  it('before it is connected, is told without secrets where it looks as if its program was not there', async () => {
    await using server = await openStdio({ flags: ["--die=env: 's3cret': No such file or directory"] });
    expect(server.texts()).toEqual([expect.stringContaining('docs cannot be reached: …, which the first line')]);
  });

  it('is one whose program is not there', async () => {
    await using server = await openStdio({ command: '/nowhere/server' });
    expect(await server.listTools()).toEqual([]);
    expect(server.texts()).toEqual([
      expect.stringMatching(/docs cannot be reached: the program \/nowhere\/server is not found/),
    ]);
  });

  it('is one whose command line would have a secret, and is not started', async () => {
    await using server = await openStdio({ flags: ['--key=${secret:KEY}'] });
    expect(server.texts()).toEqual([
      expect.stringContaining('docs cannot be reached: its command line names a secret'),
    ]);
    expect(await listProcesses(server.nodeId)).toEqual([]);
  });

  it('while it is connecting, leaves nothing when the relay is closed', async () => {
    await using server = await openStdio({ flags: ['--silent', '--deaf'] });
    expect(await server.listTools()).toEqual([]);
    expect(await listProcesses(server.nodeId)).toHaveLength(1);
    await server.relay.relay.close();
    await waitUntilGone(server.nodeId);
  });
});

describe('a server is ended and started again', () => {
  it.each([
    ['writes a line without an end', 'endless', 'it wrote a line without an end', {}],
    [
      'allocates without an end',
      'allocate',
      /it was ended by|it ended with exit code|more memory/,
      { maxRssBytes: 300 * MB },
    ],
  ] as const)('when it %s', async (_, tool, why, links) => {
    await using server = await openStdio({ links });
    const pid = await server.pid();
    expect(toText(await server.call(tool))).toMatch(why);
    expect(await server.pid()).not.toBe(pid);
  });

  it('when it goes on with a call that was stopped, or does not answer any more', async () => {
    await using server = await openStdio({ times: QUICK });
    const pid = await server.pid();
    await server.relay.stopCall('spin');
    await until('it is ended', () =>
      server.texts().some((text) => text.includes('went on with a call that was stopped')),
    );
    const next = await server.pid();
    expect(next).not.toBe(pid);

    await using impatient = await openStdio({ times: { ...QUICK, processTimeoutMs: 300 } });
    expect(toText(await impatient.call('spin'))).toContain('it did not answer any more');
  });
});

describe('the tools of a process', () => {
  it.each([
    ['invalid', '--invalid', 11, '3 of its tools have no usable name or input schema: “bad”'],
    ['too many', '--tools=10000', 1000, 'it lists more than 1000 tools'],
    ['without an end', '--circle', 2, 'page 2 of its tools leads to a page before it'],
  ])('are served as far as they can be, and people are told: %s', async (_, flag, count, problem) => {
    await using server = await openStdio({ flags: [flag] });
    await until('they are read', async () => (await server.listTools()).length === count);
    expect(server.texts()).toContainEqual(expect.stringContaining(problem));
  });
});
