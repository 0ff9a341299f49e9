import { readFile, rename, rm, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { RemoteRefs } from './git-refs.ts';

/** The branches and tags of a mirror, by their whole names; empty where there is no mirror yet. */
export async function readMirrorRefs(gitDir: string): Promise<Map<string, string>> {
  const text = await readFile(join(gitDir, 'packed-refs'), 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => /^[0-9a-f]/.test(line));
  return new Map(lines.map((line) => [line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]));
}

/** Gives a mirror the refs of its git server, all at once. */
export async function writeMirrorRefs(gitDir: string, { heads, tags, peeled }: RemoteRefs): Promise<void> {
  const written = join(gitDir, 'packed-refs.new');
  await writeFile(written, toPackedRefs(new Map([...heads, ...tags]), peeled));
  // A loose ref would hold over it.
  for (const each of ['heads', 'tags']) {
    await rm(join(gitDir, 'refs', each), { recursive: true, force: true });
    await mkdir(join(gitDir, 'refs', each), { recursive: true });
  }
  await rename(written, join(gitDir, 'packed-refs'));
}

/** The file `packed-refs` (gitrepository-layout(5)). */
export function toPackedRefs(refs: ReadonlyMap<string, string>, peeled: ReadonlyMap<string, string>): string {
  // Git searches the file by halves, in the order of the bytes of the names.
  const names = [...refs.keys()].toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
  const lines = names.map((name) => {
    const to = peeled.get(name);
    return `${refs.get(name)} ${name}\n${to === undefined ? '' : `^${to}\n`}`;
  });
  return `# pack-refs with: peeled fully-peeled sorted \n${lines.join('')}`;
}
