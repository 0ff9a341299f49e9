import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';

import type { PortableRow, Snapshot, SnapshotTable } from '../store/snapshot/portable-row.ts';
import { DATABASE_DIR, type Manifest } from './manifest.ts';

const NEWLINE = 0x0a;
/** Conversations shrink to about a fifth already at a low level, which takes a third of the time of the usual one. */
const COMPRESSION_LEVEL = 3;

function toTablePath(dir: string, table: string): string {
  return join(dir, DATABASE_DIR, `${table}.jsonl.gz`);
}

/** Writes each table as one file of compressed lines, an array of values for each row. */
export async function writeTables(
  snapshot: Snapshot,
  dir: string,
  signal: AbortSignal,
): Promise<Manifest['database']['tables']> {
  const written = [];
  for (const table of snapshot.tables) {
    let rows = 0;
    const lines = async function* () {
      for await (const batch of snapshot.readRows(table)) {
        rows += batch.length;
        yield Buffer.from(batch.map((row) => `${JSON.stringify(row)}\n`).join(''));
      }
    };
    const target = createWriteStream(toTablePath(dir, table.name), { flags: 'wx', mode: 0o600 });
    await pipeline(Readable.from(lines()), createGzip({ level: COMPRESSION_LEVEL }), target, { signal });
    written.push({ name: table.name, columns: [...table.columns], rows });
  }
  return written;
}

/** The rows that `writeTables` wrote. */
export async function* readTable(dir: string, { name }: Pick<SnapshotTable, 'name'>): AsyncGenerator<PortableRow[]> {
  let rest: Buffer[] = [];
  const source = createReadStream(toTablePath(dir, name));
  const unpacked = createGunzip();
  source.on('error', (error) => unpacked.destroy(error)).pipe(unpacked);
  for await (const chunk of unpacked as AsyncIterable<Buffer>) {
    const end = chunk.lastIndexOf(NEWLINE);
    if (end === -1) {
      rest.push(chunk);
      continue;
    }
    const text = Buffer.concat([...rest, chunk.subarray(0, end)]).toString('utf8');
    rest = [chunk.subarray(end + 1)];
    yield text.split('\n').map((line) => JSON.parse(line) as PortableRow);
  }
}
