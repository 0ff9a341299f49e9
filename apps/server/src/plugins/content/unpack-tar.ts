import { once } from 'node:events';
import { createReadStream } from 'node:fs';

import { CspError } from '@claude-sdk-pattern/protocol';
import { Parser, type ReadEntry } from 'tar';

import { createSerialQueue } from '../../lib/serial-queue.ts';
import type { ContentWriter } from './content-writer.ts';
import { refuseFile } from '../problem.ts';

/** Text packs by ten, a file of zeros by a thousand. */
const MAX_RATIO = 200;

/** Unpacks a .tar or .tgz; see `unpackArchive`. */
export async function unpackTar(path: string, writer: ContentWriter): Promise<void> {
  const parser = new Parser({ strict: true, maxDecompressionRatio: MAX_RATIO });
  const entries = createSerialQueue();
  /** The parser says nothing more after a failure: neither the end, nor that it wants more. */
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  let isFailed = false;
  let current: ReadEntry | undefined;
  const fail = (error: unknown) => {
    isFailed = true;
    failed.reject(error);
    // Who reads it would wait for ever.
    current?.destroy(error);
  };
  const take = (entry: ReadEntry) => {
    // Whoever reads it hears of it too.
    entry.on('error', () => undefined);
    entries
      .run(async () => {
        if (isFailed) return;
        current = entry;
        await takeEntry(entry, writer);
        // The parser goes on once the entry was read.
        entry.resume();
      })
      .catch(fail);
  };
  parser.on('entry', take);
  parser.on('ignoredEntry', take);
  parser.on('error', fail);
  const feed = async () => {
    const ended = once(parser, 'end');
    ended.catch(fail);
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      if (!parser.write(chunk)) await Promise.race([once(parser, 'drain'), failed.promise]);
    }
    parser.end();
    await Promise.race([ended, failed.promise]);
    await entries.idle();
    // An entry may have failed last.
    if (isFailed) await failed.promise;
  };
  try {
    await feed();
  } catch (error) {
    fail(error);
    await entries.idle();
    throw toUnpackError(error);
  }
}

async function takeEntry(entry: ReadEntry, writer: ContentWriter): Promise<void> {
  const { path, type } = entry;
  if (type === 'Directory' || type === 'GNUDumpDir') return writer.addFolder(path);
  if (type === 'Link' || type === 'SymbolicLink')
    throw refuseFile(path, 'is a link', 'Pack the files themselves: tar --dereference --hard-dereference');
  const isFile = type === 'File' || type === 'OldFile' || type === 'ContiguousFile';
  if (!isFile || entry.ignore || entry.invalid)
    throw refuseFile(path, `is no file but a ${type}`, 'Pack files and folders only');
  await writer.addFile(path, entry, { isExecutable: ((entry.mode ?? 0) & 0o111) !== 0 });
}

function toUnpackError(error: unknown): unknown {
  if (error instanceof CspError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const isBomb = /ratio/i.test(reason);
  return refuseFile(
    null,
    isBomb
      ? `It unpacks to more than ${MAX_RATIO} times its size`
      : `The archive cannot be read: ${reason.slice(0, 200)}`,
    'Pack it again, and try to list it with tar -t',
  );
}
