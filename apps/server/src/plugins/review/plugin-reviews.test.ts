import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { createContentStore } from '../content/content-store.ts';
import type { PluginRecord, PluginRelease } from '../plugin-release.ts';
import type { GivenSource } from '../plugin-source.ts';
import { activate, NO_GRANTS, rollBack, toRegistered, upgrade } from '../registry/lifecycle.ts';
import { takeIn } from '../sources/take-in.ts';
import { compareTexts } from './compare-texts.ts';
import { createPluginReviews } from './plugin-reviews.ts';

type Files = Record<string, string | Buffer | object>;

/** Versions of one plugin in a content store, and their reviews. */
async function openReviews() {
  const stack = new AsyncDisposableStack();
  const dir = stack.use(await createWorkspaceDir());
  const content = createContentStore(join(dir.path, 'plugins'));
  let record: PluginRecord | undefined;
  const find = () => {
    if (record === undefined) throw new Error('No version was taken in');
    return record;
  };
  const write = async (files: Files, executable: readonly string[] = []) => {
    const path = join(dir.path, 'source');
    await rm(path, { recursive: true, force: true });
    for (const [file, value] of Object.entries(files)) {
      await mkdir(dirname(join(path, file)), { recursive: true });
      await writeFile(
        join(path, file),
        typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value),
      );
    }
    for (const file of executable) await chmod(join(path, file), 0o755);
    return take({ type: 'path', path });
  };
  const take = async (source: GivenSource): Promise<PluginRelease> => {
    const limits = { maxBytes: 64 * 1024 * 1024, maxFiles: 20_000 };
    await using taken = await takeIn(source, {
      ...{ content, limits, ownDirs: [join(dir.path, 'data')], pluginDirs: [], toolEnvironment: {} },
    });
    if (taken.path !== undefined) await content.publish(taken.path, { name: 'docs', digest: taken.release.digest });
    return taken.release;
  };
  return {
    ...{ ...createPluginReviews({ find, content }), content, write, take },
    /** Activates a version with all that it asks for. */
    serve: (release: PluginRelease) => (record = activate(toRegistered(release), { grants: release.requires })),
    upgrade: (release: PluginRelease) => (record = upgrade(find(), release)),
    put: (next: PluginRecord) => (record = next),
    find,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const MANIFEST = '.claude-plugin/plugin.json';
const handler = (command: string, more = {}) => ({ type: 'command', command, ...more });
const skill = (text: string) => `---\nname: a\ndescription: A\n---\n${text}\n`;
const option = { type: 'string', title: 'Units', description: 'Which', default: 'metric' };

const first: Files = {
  [MANIFEST]: {
    ...{ name: 'docs', version: '1', description: 'Docs', userConfig: { units: option } },
    mcpServers: {
      search: { command: 'npx', args: ['search@1', 'two words'], env: { REGION: 'eu' } },
      same: { command: 'same' },
      old: { type: 'http', url: 'https://old.example/mcp' },
    },
    csp: {
      requires: { hosts: ['a.example', 'b.example'] },
      isolation: 'process',
      tools: { module: './tools.ts', names: ['find'] },
    },
  },
  'hooks/hooks.json': {
    hooks: {
      PreToolUse: [{ matcher: 'Bash', hooks: [handler('check.sh'), handler('audit.sh')] }],
      Stop: [{ hooks: [handler('true')] }],
    },
  },
  'tools.ts': 'export {};',
  'check.sh': 'exit 0',
  'logo.png': Buffer.from([0x89, 0, 1]),
  'skills/a/SKILL.md': skill('One.\nTwo.\nThree.'),
  'skills/b/SKILL.md': skill('Unchanged.'),
  'skills/c/SKILL.md': skill('Unchanged, but not what it brings.'),
  'skills/c/run.sh': 'true',
};
const second: Files = {
  ...first,
  [MANIFEST]: {
    ...{ name: 'docs', version: '2', description: 'Docs', userConfig: { units: { ...option, default: 'imperial' } } },
    mcpServers: {
      search: { command: 'npx', args: ['search@2', 'two words'], env: { REGION: 'eu', KEY: '${secret:KEY}' } },
      same: { command: 'same' },
    },
    csp: {
      requires: { hosts: ['a.example', 'c.example'], permissions: ['Bash(date)'] },
      ...{ isolation: 'in-process', tools: { module: './tools.ts', names: ['find'] } },
    },
    commands: { go: { content: 'Go on.', allowedTools: ['Bash'] } },
  },
  'hooks/hooks.json': {
    hooks: {
      PreToolUse: [
        { matcher: 'Bash', hooks: [handler('audit.sh'), handler('check.sh', { args: ['--all'], timeout: 5 })] },
      ],
      Stop: [{ hooks: [handler('true')] }],
    },
  },
  'check.sh': 'exit 0',
  'logo.png': Buffer.from([0x89, 0, 1, 2]),
  'skills/a/SKILL.md': skill('One.\n2.\nThree.'),
  'skills/c/run.sh': 'false',
};

it('shows what an upgrade adds, takes away and changes, with command lines before and after, what needs a grant first', async () => {
  await using stage = await openReviews();
  stage.serve(await stage.write(first));
  stage.upgrade(await stage.write(second, ['check.sh']));
  const review = await stage.review('docs');
  expect(review).toMatchObject({
    type: 'plugin_review',
    of: 'upgrade',
    before: { version: '1' },
    after: { version: '2' },
  });
  expect(
    review.parts.map(({ kind, name, change, needs_grant: needs, reasons }) => [kind, name, change, needs, reasons]),
  ).toEqual([
    ['mcp_server', 'search', 'changed', true, ['definition']],
    ['hook', 'PreToolUse', 'changed', true, ['files', 'defaults', 'definition']],
    // The same command line, but any file that it runs may be another one.
    ['hook', 'Stop', 'changed', true, ['files', 'defaults']],
    ['tool', 'find', 'changed', true, ['files', 'defaults']],
    ['mcp_server', 'old', 'removed', false, []],
    ['skill', 'a', 'changed', false, ['text']],
    ['skill', 'c', 'changed', false, ['files']],
    ['command', 'go', 'added', false, []],
  ]);
  const of = (name: string) => review.parts.find((part) => part.name === name);
  expect(of('search')?.definition).toEqual([
    { field: 'command', before: 'npx search@1 "two words"', after: 'npx search@2 "two words"' },
    { field: 'env.REGION', before: 'eu', after: 'eu' },
    { field: 'env.KEY', before: null, after: '${secret:KEY}' },
  ]);
  expect(of('old')?.definition).toContainEqual({ field: 'url', before: 'https://old.example/mcp', after: null });
  // Handlers are paired by what they run, not by where they stand.
  expect(of('PreToolUse')?.definition).toEqual([
    { field: 'matcher Bash', before: 'audit.sh', after: 'audit.sh' },
    { field: 'matcher Bash', before: 'check.sh', after: 'check.sh --all {"timeout":5}' },
  ]);
  expect(of('Stop')?.definition).toEqual([{ field: 'always', before: 'true', after: 'true' }]);
  expect(of('a')).toMatchObject({ file: 'skills/a/SKILL.md', text: { added: 1, removed: 1, left_off: 0 } });
  expect(of('a')?.text?.hunks[0]?.lines.slice(1)).toEqual([' ---', ' One.', '-Two.', '+2.', ' Three.']);
  expect(of('c')?.text).toBeNull();
  expect(of('go')?.text?.hunks[0]?.lines).toEqual(['+Go on.']);
  expect(review.grants).toMatchObject([
    { kind: 'hooks', value: 'PreToolUse', change: 'changed', granted: true },
    { kind: 'hooks', value: 'Stop', change: 'changed', granted: true },
    { kind: 'hosts', value: 'c.example', change: 'added', granted: false },
    { kind: 'hosts', value: 'b.example', change: 'removed', granted: true },
    { kind: 'secrets', value: 'KEY', change: 'added' },
    { kind: 'permissions', value: 'Bash(date)', change: 'added' },
    { kind: 'hosts', value: 'a.example', change: 'unchanged' },
  ]);
  expect(review.settings.map(({ field, needs_grant: needs }) => [field, needs])).toEqual([
    ['isolation', true],
    ['option units', true],
  ]);
  expect(review.settings[0]).toMatchObject({ before: 'process', after: 'in-process' });
  expect(review.files).toMatchObject({ added: 0, removed: 0, changed: 6, unchanged: 3, left_off: 0 });
  expect(review.files?.data).toContainEqual({
    ...{ path: 'logo.png', change: 'changed', before_bytes: 3, after_bytes: 4, is_binary: true, executable: 'no' },
  });
  expect(review.files?.data).toContainEqual(expect.objectContaining({ path: 'check.sh', executable: 'added' }));
  expect(await stage.reviewFile('docs', 'skills/c/run.sh')).toMatchObject({
    ...{
      before_bytes: 4,
      after_bytes: 5,
      why_not: null,
      diff: { hunks: [{ lines: ['-true', expect.anything(), '+false', expect.anything()] }] },
    },
  });
  expect(await stage.reviewFile('docs', 'logo.png')).toMatchObject({ diff: null, why_not: 'binary' });
  await expect(stage.reviewFile('docs', '../secret')).rejects.toMatchObject({ code: 'invalid_request' });
  for (const path of ['tools.ts', 'skills', 'none'])
    await expect(stage.reviewFile('docs', path)).rejects.toMatchObject({ code: 'not_found' });
  await expect(stage.review('docs', 'previous')).rejects.toMatchObject({ code: 'not_found' });
});

it('shows a roll back without anything to grant, and an install as all that it brings', async () => {
  await using stage = await openReviews();
  stage.serve(await stage.write(first));
  const install = await stage.review('docs');
  expect(install).toMatchObject({ of: 'install', before: null, files: { added: 9, changed: 0 } });
  expect(install.parts.filter(({ needs_grant: needs }) => needs).map(({ name }) => name)).toEqual([
    ...['old', 'same', 'search', 'PreToolUse', 'Stop', 'find'],
  ]);
  expect(install.settings.find(({ field }) => field === 'network')?.after).toBe(
    'only the hosts that are granted; commands of its hooks: any host that agents may reach',
  );
  expect(install.parts.find(({ name }) => name === 'same')?.definition).toEqual([
    { field: 'command', before: null, after: 'same' },
  ]);
  stage.upgrade(await stage.write(second));
  stage.put(activate(stage.find(), { grants: NO_GRANTS }));
  const back = await stage.review('docs', 'previous');
  expect(back).toMatchObject({ of: 'roll_back', before: { version: '2' }, after: { version: '1' } });
  expect(back.parts.some(({ needs_grant: needs }) => needs)).toBe(false);
  expect(back.parts).toContainEqual(expect.objectContaining({ name: 'old', change: 'added' }));
  expect(rollBack(stage.find()).release.version).toBe('1');
});

it('hides what an administrator wrote into the environment of a server, and says that files cannot be compared', async () => {
  await using stage = await openReviews();
  const server: Extract<GivenSource, { type: 'mcp' }> = {
    type: 'mcp',
    name: 'docs',
    command: 'serve',
    args: ['--a'],
    env: { TOKEN: 'hunter2', KEY: '${secret:KEY}' },
  };
  stage.serve(await stage.take(server));
  stage.upgrade(await stage.take({ ...server, args: ['--b'], env: { ...server.env, TOKEN: 'hunter3' } }));
  const review = await stage.review('docs');
  // There are none, and how the server is called stands with the server alone.
  expect(review.files).toMatchObject({ added: 0, unchanged: 0, data: [] });
  expect(review.settings).toEqual([]);
  expect(review.parts[0]?.definition).toContainEqual({ field: 'command', before: 'serve --a', after: 'serve --b' });
  expect(review.parts[0]?.definition).toContainEqual({
    field: 'env.KEY',
    before: '${secret:KEY}',
    after: '${secret:KEY}',
  });
  expect(JSON.stringify(review)).not.toContain('hunter');
  stage.serve(await stage.take(server));
  stage.upgrade(await stage.take({ ...server, env: { ...server.env, TOKEN: 'hunter3' } }));
  const [other] = (await stage.review('docs')).parts;
  expect(other).toMatchObject({ needs_grant: true, reasons: ['definition'] });
  expect(other?.definition.at(-1)).toEqual({ field: 'a hidden value', before: '…', after: '… (another one)' });
  // Content that this server does not have.
  stage.serve(await stage.write(first));
  stage.upgrade(await stage.write(second));
  await stage.content.remove({ name: 'docs', digest: stage.find().release.digest });
  const blind = await stage.review('docs');
  expect(blind.files).toBeNull();
  expect(blind.parts).toContainEqual(expect.objectContaining({ kind: 'hook', name: 'Stop', needs_grant: true }));
});

it('stays within bounds, whatever a version brings', async () => {
  await using stage = await openReviews();
  const plain = { [MANIFEST]: { name: 'docs', version: '1' }, 'skills/a/SKILL.md': skill('One.') };
  stage.serve(await stage.write(plain));
  const hooks = Array.from({ length: 2000 }, (_, at) => handler(`run ${at}`));
  const envs = Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`E${at}`, 'x'.repeat(100)]));
  const skills = Object.fromEntries(
    Array.from({ length: 310 }, (_, at) => [`skills/s${at}/SKILL.md`, skill('y\n'.repeat(3000))]),
  );
  stage.upgrade(
    await stage.write({
      ...{ ...plain, ...skills, 'hooks/hooks.json': { hooks: { Stop: [{ hooks }] } } },
      [MANIFEST]: {
        name: 'docs',
        version: '2',
        mcpServers: { big: { command: 'a', args: ['z'.repeat(200_000)], env: envs } },
      },
      'skills/a/SKILL.md': skill(`\u202Egnp.exe\u0007 ${'w'.repeat(100_000)}`),
      'huge.txt': 'line\n'.repeat(300_000),
    }),
  );
  const review = await stage.review('docs');
  expect(JSON.stringify(review).length).toBeLessThan(1.5 * 1024 * 1024);
  expect(review.files).toMatchObject({ added: 312, changed: 2, left_off: 14 });
  expect(review.left_off).toBe(13);
  const of = (name: string) => review.parts.find((part) => part.name === name);
  expect(of('big')?.definition[0]?.after).toMatch(/ … \(\d+ more characters\)$/);
  expect(of('Stop')?.definition.at(-1)).toEqual({ field: '…', before: null, after: '1900 more are not shown' });
  const long = of('a')?.text?.hunks[0]?.lines.at(-1) ?? '';
  expect(long.slice(0, 12)).toBe('+\u202Egnp.exe\u0007 w');
  expect(long).toMatch(/w … \(\d+ more characters\)$/);
  expect(of('s0')?.text).toMatchObject({ added: 3005, left_off: 2605 });
  expect(await stage.reviewFile('docs', 'huge.txt')).toMatchObject({ why_not: 'too_large' });
});

it('shows texts that take too long to compare as replaced, and says how much of them is left off', () => {
  const lines = (seed: number) => Array.from({ length: 20_000 }, (_, at) => `${(at * seed) % 9973}`).join('\n');
  const diff = compareTexts(lines(7), lines(13), { room: { left: 1_000_000, ms: 100 }, maxLines: 10 });
  expect(diff).toMatchObject({ added: 20_000, removed: 20_000, left_off: 39_990 });
  expect(compareTexts('a\r\nb\r\n', 'a\nb\n', { room: { left: 10, ms: 100 } })).toEqual({
    hunks: [],
    added: 0,
    removed: 0,
    left_off: 0,
  });
});
