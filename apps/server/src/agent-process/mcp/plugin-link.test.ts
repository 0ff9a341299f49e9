import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openTestHost } from '../../hosts/fixtures/open-test-host.ts';
import type { ActivePlugin } from '../../plugins/plugin-set.ts';
import { toPluginMcpServers } from '../../plugins/to-plugin-mcp-servers.ts';
import { toSessionDirs } from '../../workspaces/session-dirs.ts';
import { openRelay } from './fixtures/relay-harness.ts';
import { createMcpAuthorization } from '../../definitions/mcp-authorization.ts';
import { createMcpRevisions } from './mcp-revisions.ts';
import { createLinkOpener } from './open-link.ts';

const FAULTY = join(import.meta.dirname, '../../../../../packages/plugin-api/test/fixtures/faulty');
const TOOLS = { module: './faulty.ts', names: ['echo', 'never', 'throw'] };
const SECRET_OPTION = { type: 'string', title: '', description: '', sensitive: true } as const;

/** A relay to the tools of the plugin, as a session has it. */
async function openTools(changes: Partial<ActivePlugin>, isolation: 'process' | 'in-process') {
  await using stack = new AsyncDisposableStack();
  const data = stack.use(await createWorkspaceDir());
  const { host } = stack.use(openTestHost());
  const dirs = toSessionDirs(data.path, 'session');
  await mkdir(dirs.workspace, { recursive: true });
  const plugin: ActivePlugin = {
    ...{ name: 'faulty', version: null, digest: 'd', dir: FAULTY, contentDir: FAULTY, mcpServers: {}, parts: [] },
    granted: { hooks: [], hosts: [], secrets: ['KEY'], permissions: [] },
    ...{ configuration: { url: '${secret:KEY}' }, trusted: true, ...changes },
    manifest: { name: 'faulty', userConfig: { url: SECRET_OPTION }, csp: { tools: TOOLS, isolation } },
  };
  const [server] = toPluginMcpServers([plugin], { nodePath: process.execPath });
  if (server === undefined) throw new Error('The plugin has no server');
  const openLink = createLinkOpener(server, {
    ...{ host, dirs, agentSessionId: 'session', networking: undefined, path: '/usr/bin:/bin', maxRssBytes: Infinity },
    secrets: {
      async resolve(values, { plugin: owner }) {
        const filled = Object.entries(values).map(([key, value]) => [
          key,
          value.replace('${secret:KEY}', `"${owner}"`),
        ]);
        return Object.fromEntries(filled) as Record<string, string>;
      },
      mask: (text) => text,
    },
    authorization: createMcpAuthorization([], () => Promise.resolve(true)),
    revisions: createMcpRevisions(() => 0),
    user: () => undefined,
  });
  const relay = stack.use(await openRelay({ name: server.name, openLink }));
  const held = stack.move();
  return { relay, workspace: dirs.workspace, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

it.each(['process', 'in-process'] as const)('serves the tools of a plugin in the isolation %s', async (isolation) => {
  await using opened = await openTools({}, isolation);
  const { relay, workspace } = opened;
  await expect.poll(relay.listTools, { timeout: 30_000 }).toEqual(TOOLS.names);
  const answer = await relay.client.callTool({ name: 'echo', arguments: { text: 'a' } });
  const [{ text } = { text: '' }] = answer.content as { text: string }[];
  expect(JSON.parse(text)).toMatchObject({
    ...{ text: 'a', workspace, configuration: { url: '"faulty"' }, secrets: { KEY: '"faulty"' }, inherited: [] },
  });
  expect(await relay.call('throw')).toMatchObject({ isError: true, content: [{ text: 'it fell over' }] });
  const stop = new AbortController();
  const stopped = relay.call('never', { signal: stop.signal });
  stop.abort();
  await expect(stopped).rejects.toThrow();
  expect(await relay.call('throw')).toMatchObject({ isError: true });
});
