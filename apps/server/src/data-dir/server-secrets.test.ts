import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { ConfigError } from '../config/load-config.ts';
import { loadServerSecrets } from './server-secrets.ts';

const secretsKey = undefined;

it('makes the key and the id once, whole, for the owner only, and leaves nothing else', async () => {
  await using dir = await createWorkspaceDir();
  const first = await loadServerSecrets({ dataDir: dir.path, secretsKey });
  expect(first.secretsKey).toHaveLength(64);
  expect(await loadServerSecrets({ dataDir: dir.path, secretsKey })).toEqual(first);
  expect((await readdir(dir.path)).toSorted()).toEqual(['node.id', 'secrets.key']);
  expect((await stat(join(dir.path, 'secrets.key'))).mode & 0o777).toBe(0o600);
});

it('gives all who make them at once the same', async () => {
  await using dir = await createWorkspaceDir();
  const made = await Promise.all(
    Array.from({ length: 20 }, () => loadServerSecrets({ dataDir: dir.path, secretsKey })),
  );
  expect(new Set(made.map((each) => JSON.stringify(each))).size).toBe(1);
});

it.each([
  ['secrets.key', ''],
  ['secrets.key', 'a'.repeat(31)],
  ['node.id', ''],
  ['node.id', '\n'],
])('refuses a %s that was cut off (%j), says what to do, and does not touch it', async (name, content) => {
  await using dir = await createWorkspaceDir();
  const path = join(dir.path, name);
  await writeFile(path, content);
  const loading = loadServerSecrets({ dataDir: dir.path, secretsKey });
  await expect(loading).rejects.toThrow(ConfigError);
  await expect(loading).rejects.toThrow(/cut off.*Restore it from a backup.*remove it/);
  expect(await readFile(path, 'utf8')).toBe(content);
});
