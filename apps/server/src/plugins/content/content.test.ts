import { execFileSync } from 'node:child_process';
import { chmod, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { describe, expect, it } from 'vitest';

import { packTar, packZip, type PackedEntry } from '../fixtures/pack.ts';
import { ContentWriter } from './content-writer.ts';
import { copyFolder } from './copy-folder.ts';
import { unpackArchive } from './unpack-archive.ts';

const MB = 1024 * 1024;
const LIMITS = { maxBytes: 4 * MB, maxFiles: 50 };

async function unpack(archive: Buffer) {
  await using from = await createWorkspaceDir();
  const to = await createWorkspaceDir();
  const path = join(from.path, 'archive');
  await writeFile(path, archive);
  const writer = new ContentWriter(to.path, LIMITS);
  try {
    await unpackArchive(path, writer);
  } catch (error) {
    await to[Symbol.asyncDispose]();
    throw error;
  }
  return { ...to, writer };
}

async function copy(files: Record<string, string>, change: (dir: string) => Promise<unknown> = async () => undefined) {
  await using from = await createWorkspaceDir(files);
  await change(from.path);
  const to = await createWorkspaceDir();
  const writer = new ContentWriter(to.path, LIMITS);
  await copyFolder(from.path, to.path, { writer, leaveOut: ['.git'] });
  return { ...to, writer };
}

/** As the tool for MCP bundles puts it behind the zip, with four bytes of nothing in it. */
const SIGNATURE = Buffer.from('MCPB_SIG_V1\u0004\0\0\0xxxxMCPB_SIG_END', 'latin1');

const plugin: PackedEntry[] = [
  { path: './.claude-plugin/plugin.json', content: '{"name":"a"}' },
  { path: 'bin/run.sh', content: 'echo hi', mode: 0o755 },
];

it('gives the same content the same digest, from a .tgz, a .zip and a folder, and another one for another mode', async () => {
  await using tar = await unpack(packTar(plugin));
  await using zip = await unpack(packZip(plugin));
  await using signed = await unpack(Buffer.concat([packZip(plugin), SIGNATURE]));
  const files = { '.claude-plugin/plugin.json': '{"name":"a"}', 'bin/run.sh': 'echo hi', '.git/config': 'x' };
  await using folder = await copy(files, (dir) => chmod(join(dir, 'bin/run.sh'), 0o700));
  await using plain = await copy(files, (dir) => chmod(join(dir, 'bin/run.sh'), 0o600));
  const digests = [tar, zip, signed, folder].map(({ writer }) => writer.digest());
  expect(new Set(digests).size).toBe(1);
  expect(plain.writer.digest()).not.toBe(digests[0]);
  expect(() => tar.writer.digest('none')).toThrow('none: has no files');
  expect(await readFile(join(zip.path, 'bin/run.sh'), 'utf8')).toBe('echo hi');
  expect((await stat(join(tar.path, 'bin/run.sh'))).mode & 0o777).toBe(0o755);
});

describe.each([
  ['.tgz', packTar],
  ['.zip', packZip],
])('an archive %s with something hostile in it', (_, pack) => {
  it.each<[string, PackedEntry[], RegExp]>([
    ['a path out of it', [{ path: 'a/../../evil', content: 'x' }], /\.\..*leads out of its folder/],
    ['an absolute path', [{ path: '/etc/evil', content: 'x' }], /is an absolute path/],
    ['a path of Windows', [{ path: 'a\\..\\evil', content: 'x' }], /absolute path or has a backslash/],
    ['a link', [{ path: 'link', type: 'SymbolicLink', linkpath: '/etc/passwd' }], /^[^]*link: is a link\./],
    ['names that differ by case', [{ path: 'A/x' }, { path: 'a/y' }], /differs from A by case alone/],
    [
      'a file twice',
      [
        { path: 'x', content: '1' },
        { path: 'x', content: '2' },
      ],
      /x: comes twice/,
    ],
    [
      'a file as a folder',
      [
        { path: 'x', content: '1' },
        { path: 'x/y', content: '2' },
      ],
      /x: is a file and a folder/,
    ],
    ['a deep path', [{ path: `${'d/'.repeat(64)}x`, content: 'x' }], /deeper than 64 folders/],
    ['invisible characters', [{ path: 'a\u202Etxt.exe', content: 'x' }], /invisible characters/],
    ['too many files', Array.from({ length: 51 }, (__, at) => ({ path: `f${at}` })), /more than 50 files/],
  ])('is refused for %s, and says why', async (__, entries, message) => {
    await expect(unpack(pack([...plugin, ...entries]))).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(message) as string,
      details: { problems: [{ remedy: expect.stringMatching(/\w/) as string }] },
    });
  });
});

it('refuses a name that not every file system takes', async () => {
  const archive = packZip([...plugin, { path: 'n'.repeat(256) }]);
  await expect(unpack(archive)).rejects.toThrow(/longer than 1024 bytes, or one name in it than 255/);
});

it.each(['Link', 'CharacterDevice', 'FIFO'] as const)('refuses a tar with a %s', async (type) => {
  const archive = packTar([...plugin, { path: 'odd', type, ...(type === 'Link' && { linkpath: 'bin/run.sh' }) }]);
  await expect(unpack(archive)).rejects.toThrow(/odd: is (?:a link|no file)/);
});

it('refuses what unpacks to far more than it was, before it is on the disk', async () => {
  const zeros = packTar([{ path: 'zeros', content: Buffer.alloc(3 * MB) }]);
  await expect(unpack(zeros)).rejects.toThrow(/200 times its size/);
  await using dir = await createWorkspaceDir({ zeros: '' });
  await writeFile(join(dir.path, 'zeros'), Buffer.alloc(3 * MB));
  execFileSync('python3', ['-c', 'import zipfile; zipfile.ZipFile("z.zip","w",8).write("zeros")'], { cwd: dir.path });
  await expect(unpack(await readFile(join(dir.path, 'z.zip')))).rejects.toThrow(
    /zeros: unpacks to more than 200 times/,
  );
  await expect(unpack(packTar([{ path: 'big', content: randomText(5 * MB) }]))).rejects.toThrow(/more than the 4 MB/);
});

it.each([
  ['no archive', Buffer.from('hello'), /no archive that the server can unpack/],
  ['a broken gzip', gzipSync(Buffer.alloc(2000, 'x')), /archive cannot be read/],
  ['a cut tar', packTar([{ path: 'x', content: randomText(10_000) }]).subarray(0, 4000), /archive cannot be read/],
  ['a cut zip', packZip(plugin).subarray(0, 100), /archive cannot be read/],
])('refuses %s', async (_, archive, message) => {
  await expect(unpack(archive)).rejects.toThrow(message);
});

it('copies what links in a folder lead to, and refuses those that lead out of it', async () => {
  const files = { 'skills/a/SKILL.md': 'a' };
  await using copied = await copy(files, async (dir) => {
    await symlink('../more', join(dir, 'skills/b'));
    await symlink('skills/a', join(dir, 'more'));
    await symlink('a/SKILL.md', join(dir, 'skills/c.md'));
  });
  expect([...copied.writer.paths].toSorted()).toEqual([
    'more/SKILL.md',
    'skills/a/SKILL.md',
    'skills/b/SKILL.md',
    'skills/c.md',
  ]);
  for (const target of ['/etc/passwd', '../../etc', '.', 'missing'])
    await expect(copy(files, (dir) => symlink(target, join(dir, 'link')))).rejects.toThrow(
      /link: is a link that leads/,
    );
});

/** Text that packs badly. */
function randomText(bytes: number): Buffer {
  let seed = 1;
  return Buffer.from(Uint8Array.from({ length: bytes }, () => (seed = (seed * 48_271) % 2_147_483_647) & 255));
}
