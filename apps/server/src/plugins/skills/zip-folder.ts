import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

import { ZipFile } from 'yazl';

/** The files of a folder that nobody writes as a .zip, in a folder of that name. Entries have no times: the same content is the same archive. */
export async function zipFolder(dir: string, name: string): Promise<Readable> {
  const archive = new ZipFile();
  const paths = await readdir(dir, { recursive: true });
  for (const path of paths.toSorted()) {
    const found = await stat(join(dir, path));
    if (found.isFile())
      archive.addFile(join(dir, path), `${name}/${path}`, { mtime: new Date('1980-01-01T00:00:00'), mode: found.mode });
  }
  archive.end();
  // The library's types are of an older interface of streams.
  return archive.outputStream as Readable;
}
