import { execFile } from 'node:child_process';
import { mkdtemp, open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { connectRawWebSocket, startServer } from '@claude-sdk-pattern/testkit';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const MIB = 1024 * 1024;
const PAGE_BYTES = 4096;

/** A small disk of its own. */
async function mountDisk(bytes: number) {
  const path = await mkdtemp(join(tmpdir(), 'csp-disk-'));
  const stuffing = join(path, 'stuffing');
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path]);
  } catch (error) {
    await rm(path, { recursive: true });
    throw error;
  }
  return {
    path,
    dataDir: join(path, 'data'),
    /** Leaves no byte, also while others write. */
    async fill() {
      await using file = await open(stuffing, 'w');
      for (const pieceBytes of [MIB, PAGE_BYTES]) {
        const piece = Buffer.alloc(pieceBytes);
        while (await isWritten(file, piece));
      }
    },
    free: () => rm(stuffing),
    remount: (mode: 'ro' | 'rw') => run('mount', ['-o', `remount,${mode}`, path]),
    async [Symbol.asyncDispose]() {
      await run('umount', ['-l', path]);
      await rm(path, { recursive: true, force: true });
    },
  };
}

async function isWritten(file: FileHandle, piece: Buffer): Promise<boolean> {
  try {
    return (await file.write(piece)).bytesWritten > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
}

const problem = await mountDisk(MIB).then(
  async (disk) => {
    await disk[Symbol.asyncDispose]();
    return undefined;
  },
  (error: unknown) => String(error),
);
if (problem !== undefined)
  console.warn(`SKIPPED: a full disk is not tested, because no file system can be mounted here: ${problem}`);

describe.skipIf(problem !== undefined)('on a disk of its own', () => {
  it('does not start while the disk is full or read-only, says what to do, and starts once it is mended', async () => {
    await using disk = await mountDisk(64 * MIB);
    await disk.fill();
    await expect(startServer({ dataDir: disk.dataDir })).rejects.toThrow(
      /disk of the data directory \S+ is full.*Free some space/,
    );
    await disk.free();
    await disk.remount('ro');
    await expect(startServer({ dataDir: disk.dataDir })).rejects.toThrow(/cannot be written.*write access/);
    await disk.remount('rw');
    await using server = await startServer({ dataDir: disk.dataDir });
    expect(await (await server.fetch('/health/ready')).json()).toEqual({ status: 'ok' });
  });

  it('says that nothing is stored while the disk is full, and goes on by itself', async () => {
    await using disk = await mountDisk(96 * MIB);
    await using server = await startServer({ dataDir: disk.dataDir });
    const upload = () => {
      const form = new FormData();
      form.set('file', new Blob([new Uint8Array(MIB)]), 'a.bin');
      return server.fetch('/v1/files', { method: 'POST', body: form });
    };
    const post = (path: string, body: object) =>
      server.fetch(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const { id } = (await (await post('/v1/sessions', {})).json()) as { id: string };
    const say = (text: string) =>
      post(`/v1/sessions/${id}/events`, { events: [{ type: 'user.message', content: [{ type: 'text', text }] }] });
    await using socket = await connectRawWebSocket(server, { apiKey: server.apiKey });
    await socket.request({ type: 'sessions.watch' });
    await disk.fill();
    const ready = await server.fetch('/health/ready');
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({
      status: 'unavailable',
      reason: expect.stringContaining('disk of the server is full'),
    });
    const told = await socket.waitFor((frame) => frame.type === 'storage.problem');
    expect(told).toEqual({
      type: 'storage.problem',
      problem: { problem: 'disk_full', since: expect.stringMatching(/^\d{4}-.*Z$/) },
    });
    await using late = await connectRawWebSocket(server, { apiKey: server.apiKey });
    await late.request({ type: 'sessions.watch' });
    expect(late.frames).toContainEqual(told);
    for (const refused of [await upload(), await say('x'.repeat(6 * MIB))]) {
      expect(refused.status).toBe(500);
      expect(await refused.json()).toMatchObject({
        error: {
          message: expect.stringMatching(/full.*nothing of this was stored.*Free some space/),
          details: { code: 'storage_unavailable' },
        },
      });
    }
    expect(await readdir(join(disk.dataDir, 'files'))).toEqual([]);
    await disk.free();
    // By itself: nobody asks.
    for (const each of [socket, late])
      await each.waitFor((frame) => frame.type === 'storage.problem' && frame.problem === null);
    expect((await server.fetch('/health/ready')).status).toBe(200);
    expect((await upload()).status).toBe(200);
    expect((await say('hello')).status).toBe(200);
  });
});
