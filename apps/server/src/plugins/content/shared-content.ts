import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';

import type { Clock, UptimeClock } from '../../lib/clock.ts';
import type { Store } from '../../store/port.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { toContentKey, type ContentId, type ContentStore } from './content-store.ts';
import { ContentWriter, type ContentLimits } from './content-writer.ts';
import { unpackArchive } from './unpack-archive.ts';

export interface SharedContentDeps {
  store: Pick<Store, 'pluginContents'>;
  content: Pick<ContentStore, 'toDir' | 'has' | 'stage' | 'publish'>;
  limits: ContentLimits;
  logger: Pick<Logger, 'info' | 'warn'>;
  clock: Clock & UptimeClock;
}

/** Content in the database, where servers that have no disk in common get it from each other. */
export interface SharedContent {
  /** Puts there what is in a folder of this server. */
  put(content: ContentId, dir: string): Promise<void>;
  /**
   * Takes from there what this server lacks, and puts there what it has. What fails is tried again after a minute. Never
   * rejects.
   */
  even(known: readonly ContentId[]): Promise<void>;
  /** Deletes what no plugin refers to. @param kept As `toContentKey` says it. */
  sweep(kept: ReadonlySet<string>): Promise<void>;
}

const CHUNK_BYTES = 1024 * 1024;
/** Headers and padding of a file in an archive, with one for a long name. */
const TAR_BYTES_PER_FILE = 4 * 512;
const RETRY_MS = 60 * 1000;
/** An install stores content seconds before it stores what refers to it. Clocks of servers differ too. */
const NEW_MS = 10 * 60 * 1000;

export function createSharedContent({ store, content, limits, logger, clock }: SharedContentDeps): SharedContent {
  const { pluginContents } = store;
  /** What was there when it was looked at last. */
  let there = new Set<string>();
  const retryAtMs = new Map<string, number>();

  const put = async (id: ContentId, dir: string): Promise<void> => {
    await pluginContents.put(id, () => pack(dir));
    there.add(toContentKey(id));
  };

  const take = async (id: ContentId): Promise<void> => {
    await using scratch = await content.stage();
    await using staged = await content.stage();
    const archive = join(scratch.path, 'content.tar');
    const mostBytes = limits.maxBytes + limits.maxFiles * TAR_BYTES_PER_FILE;
    const stored = Readable.from(pluginContents.read(id));
    await pipeline(stored, createGunzip(), (unpacked) => bound(unpacked, mostBytes), createWriteStream(archive));
    const writer = new ContentWriter(staged.path, limits);
    await unpackArchive(archive, writer);
    if (writer.digest() !== id.digest) throw new Error('What the database has is not the content that was taken in');
    await content.publish(staged.path, id);
    logger.info({ plugin: id.name, digest: id.digest }, 'took the content of a plugin from the database');
  };

  const evenOne = async (id: ContentId, isHere: boolean): Promise<void> => {
    const key = toContentKey(id);
    if (isHere === there.has(key) || (retryAtMs.get(key) ?? 0) > clock.uptimeMs()) return;
    try {
      await (isHere ? put(id, content.toDir(id)) : take(id));
      retryAtMs.delete(key);
    } catch (error) {
      retryAtMs.set(key, clock.uptimeMs() + RETRY_MS);
      logger.warn({ err: error, plugin: id.name }, 'the content of a plugin could not be shared with other servers');
    }
  };

  return {
    put,

    async even(known) {
      const found = await Promise.all(known.map(async (id) => ({ id, isHere: await content.has(id) })));
      if (found.every(({ id, isHere }) => isHere && there.has(toContentKey(id)))) return;
      try {
        there = new Set((await pluginContents.list()).map(toContentKey));
      } catch (error) {
        logger.warn({ err: error }, 'the content of plugins in the database could not be listed');
        return;
      }
      for (const { id, isHere } of found) await evenOne(id, isHere);
    },

    async sweep(kept) {
      const before = new Date(clock.now() - NEW_MS).toISOString();
      await pluginContents.sweep({ isKept: (each) => kept.has(toContentKey(each)), before });
      // Whatever went there by mistake is put there again.
      there = new Set();
    },
  };
}

/** @throws Error where there is more: what was taken in was never as large */
async function* bound(chunks: AsyncIterable<Buffer>, mostBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new Error('What the database has unpacks to more than a plugin may be');
    yield chunk;
  }
}

/** A .tgz of a folder, in pieces. */
async function* pack(dir: string): AsyncGenerator<Buffer> {
  // Loaded only here, as for archives that people upload.
  const { create } = await import('tar');
  const packed = createGzip();
  // The folder is a version that was taken in: it has files and folders only.
  const packing = pipeline(Readable.from(create({ cwd: dir, portable: true }, ['.'])), packed);
  // Who reads it hears of a failure.
  packing.catch(() => undefined);
  let waiting: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of packed as AsyncIterable<Buffer>) {
    waiting.push(chunk);
    bytes += chunk.length;
    if (bytes < CHUNK_BYTES) continue;
    yield Buffer.concat(waiting);
    [waiting, bytes] = [[], 0];
  }
  if (bytes > 0) yield Buffer.concat(waiting);
}
