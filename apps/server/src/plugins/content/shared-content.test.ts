import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openStore } from '../../store/open-store.ts';
import { packTar } from '../fixtures/pack.ts';
import { createContentStore } from './content-store.ts';
import { ContentWriter } from './content-writer.ts';
import { copyFolder } from './copy-folder.ts';
import { createSharedContent } from './shared-content.ts';

const LIMITS = { maxBytes: 1024 * 1024, maxFiles: 20 };
const MANIFEST = '{"name":"a"}';

async function openServers() {
  await using stack = new AsyncDisposableStack();
  const data = stack.use(await createWorkspaceDir({ 'of-a/.claude-plugin/plugin.json': MANIFEST }));
  const store = await openStore({ url: 'sqlite::memory:' });
  stack.defer(() => store.close());
  const warnings: string[] = [];
  const logger = { info() {}, warn: (facts: { err: Error }) => void warnings.push(facts.err.message) };
  const open = (name: string) => {
    const content = createContentStore(join(data.path, name));
    const clock = { now: () => 0, uptimeMs: () => 0 };
    return { content, shared: createSharedContent({ store, content, limits: LIMITS, logger: logger as never, clock }) };
  };
  const { path: to } = stack.use(await createWorkspaceDir());
  const writer = new ContentWriter(to, LIMITS);
  await copyFolder(join(data.path, 'of-a'), to, { writer, leaveOut: [] });
  const id = { name: 'a', digest: writer.digest() };
  const moved = stack.move();
  return {
    ...{ store, warnings, open, id, dir: join(data.path, 'of-a') },
    [Symbol.asyncDispose]: () => moved[Symbol.asyncDispose](),
  };
}

it('is taken from the database by a server that lacks it', async () => {
  await using servers = await openServers();
  await servers.open('one').shared.put(servers.id, servers.dir);
  const { content, shared } = servers.open('two');
  await shared.even([servers.id]);
  const manifest = join(content.toDir(servers.id), '.claude-plugin/plugin.json');
  expect(await readFile(manifest, 'utf8')).toBe(MANIFEST);
});

it.each([
  ['has another file', [{ path: '.claude-plugin/plugin.json', content: '{"name":"b"}' }], /is not the content/],
  [
    'has one file more',
    [
      { path: '.claude-plugin/plugin.json', content: MANIFEST },
      { path: 'x', content: 'x' },
    ],
    /is not/,
  ],
  ['has another mode', [{ path: '.claude-plugin/plugin.json', content: MANIFEST, mode: 0o755 }], /is not the content/],
  ['leads out of its folder', [{ path: '../../escaped', content: 'x' }], /leads out of its folder/],
  ['has a link', [{ path: 'x', type: 'SymbolicLink' as const, linkpath: '/etc/passwd' }], /is a link/],
  ['unpacks to far more', [{ path: 'x', content: Buffer.alloc(8 * LIMITS.maxBytes) }], /more than a plugin may be/],
])('is refused when somebody changed its row, so that it %s', async (_, entries, problem) => {
  await using servers = await openServers();
  const changed = packTar(entries);
  await servers.store.pluginContents.put(servers.id, async function* () {
    yield changed;
  });
  const { content, shared } = servers.open('two');
  await shared.even([servers.id]);
  expect(await content.has(servers.id)).toBe(false);
  expect(servers.warnings).toEqual([expect.stringMatching(problem)]);
});
