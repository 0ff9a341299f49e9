import { mkdtemp, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { describe, expect, it } from 'vitest';

import { toTestActor } from '../access/fixtures/actor-harness.ts';
import { openStore } from '../store/open-store.ts';
import { openFileService } from './file-service.ts';
import { checkContent, resolveContent } from './resolve-content.ts';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const PDF = Buffer.from('%PDF-1.4\n%\u00e2\u00e3\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF', 'latin1');

const ada = toTestActor('ada');
const bob = toTestActor('bob');
const adas = { id: 'sesn_1', ownerId: 'ada' };

async function open({ maxBytes = 1000, quota = { count: 1000, bytes: 1e9 } } = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'files-'));
  let ms = Date.parse('2026-02-01T12:00:00.000Z');
  const store = await openStore({ url: 'sqlite::memory:', nowMs: () => ms });
  const openService = () => openFileService({ files: store.files, dir, maxBytes, quota, now: () => ms });
  const files = await openService();
  return {
    dir,
    store,
    files,
    receive: (content: string) => files.receive({ filename: 'a', source: Readable.from([Buffer.from(content)]) }),
    openService,
    nowMs: () => ms,
    advance: (by: number) => {
      ms += by;
    },
    upload: async (filename: string | undefined, content: Buffer | string, options = {}) => {
      const pending = await files.receive({ filename, source: Readable.from([Buffer.from(content)]) });
      return files.keep(ada, pending, options);
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      await rm(dir, { recursive: true });
    },
  };
}

describe('uploads', () => {
  it.each([
    ['picture.txt', PNG, 'image/png'],
    ['paper.bin', PDF, 'application/pdf'],
    ['notes', 'Grüße\n', 'text/plain'],
    ['table.CSV', 'a,b\n1,2\n', 'text/csv'],
    ['page.html', '<script>', 'text/html'],
    ['broken.txt', Buffer.from([0x80, 0x81, 0x00, 0x90]), 'application/octet-stream'],
    ['empty', '', 'text/plain'],
  ])('says what is in %s, whatever its name says', async (filename, content, mimeType) => {
    await using service = await open();
    expect(await service.upload(filename, content)).toMatchObject({ mimeType, sizeBytes: Buffer.from(content).length });
  });

  it.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\ada\\a.txt', 'a.txt'],
    ['..', '..'],
  ])('keeps of the name %s only its last part', async (given, filename) => {
    await using service = await open();
    expect((await service.upload(given, 'x')).filename).toBe(filename);
  });

  it.each([
    ['x', 'unnamed.txt'],
    [PNG, 'unnamed.png'],
    [Buffer.from([0x80, 0x81, 0x00, 0x90]), 'unnamed'],
  ])('names what has no name by what is in it', async (content, filename) => {
    await using service = await open();
    expect((await service.upload(undefined, content)).filename).toBe(filename);
    expect((await service.upload('', content)).filename).toBe(filename);
  });

  it('keeps nothing of an upload that a killed server had received and not kept', async () => {
    await using service = await open();
    await service.receive('text');
    const [partial = ''] = await readdir(service.dir);
    // Another server may still receive it.
    await utimes(join(service.dir, partial), service.nowMs() / 1000, service.nowMs() / 1000);
    await service.openService();
    expect(await readdir(service.dir)).toEqual([partial]);
    service.advance(3_600_001);
    await service.openService();
    expect(await readdir(service.dir)).toEqual([]);
  });

  it('has all of an upload whose server was killed behind its row', async () => {
    await using service = await open();
    const pending = await service.receive('text');
    await service.store.files.create({ ...pending, ownerId: 'ada', sessionId: null, expiresAt: null });
    const files = await service.openService();
    expect(String((await files.readForSession(adas, pending.id)).content)).toBe('text');
  });

  it('keeps nothing of a file that is too large', async () => {
    await using service = await open({ maxBytes: 10 });
    await expect(service.upload('a', 'x'.repeat(11))).rejects.toMatchObject({ code: 'too_large' });
    expect(await readdir(service.dir)).toEqual([]);
    expect((await service.upload('a', 'x'.repeat(10))).sizeBytes).toBe(10);
  });

  it('keeps nothing either when its file was still being opened as it was refused', async () => {
    await using service = await open({ maxBytes: 10 });
    const uploads = Array.from({ length: 500 }, () => service.upload('a', 'x'.repeat(11)));
    const outcomes = await Promise.allSettled(uploads);
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    expect(await readdir(service.dir)).toEqual([]);
  });

  it('takes no more of a user than their quota says, also of uploads that end at once', async () => {
    await using service = await open({ quota: { count: 3, bytes: 10 } });
    const outcomes = await Promise.allSettled(['aaaa', 'bbbb', 'cccc'].map((text) => service.upload('a', text)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    const refused = { code: 'quota_exceeded', details: { limit: 3, limit_bytes: 10, count: 2, bytes: 8 } };
    await expect(service.upload('a', 'xxx')).rejects.toMatchObject(refused);
    await service.upload('a', 'xx');
    await expect(service.files.assertMayUpload(ada)).rejects.toMatchObject({ code: 'quota_exceeded' });
    await service.files.assertMayUpload(bob);
  });

  it('belongs to its owner alone', async () => {
    await using service = await open();
    const { id } = await service.upload('a', 'x');
    for (const call of [service.files.get, service.files.open, service.files.delete]) {
      await expect(call(bob, id)).rejects.toMatchObject({ code: 'not_found' });
    }
    await expect(service.files.readForSession({ id: 'sesn_1', ownerId: 'bob' }, id)).rejects.toMatchObject({
      code: 'not_found',
    });
    expect((await service.files.list(bob, { limit: 10 })).files).toEqual([]);
    await service.files.delete(ada, id);
    expect(await readdir(service.dir)).toEqual([]);
  });

  it('removes at the next start what was received in part', async () => {
    await using service = await open();
    const partial = join(service.dir, 'file_1.part');
    await writeFile(partial, 'beginning');
    await utimes(partial, 0, 0);
    const { id } = await service.upload('a', 'x');
    await service.openService();
    expect(await readdir(service.dir)).toEqual([id]);
  });

  it('reads a file whose server was killed before it gave the bytes their name', async () => {
    await using service = await open();
    const { id } = await service.upload('a', 'x');
    await rename(join(service.dir, id), join(service.dir, `${id}.part`));
    const { content } = await service.files.readForSession({ id: 'sesn_1', ownerId: ada.userId }, id);
    expect(content.toString()).toBe('x');
    expect(await readdir(service.dir)).toEqual([id]);
  });

  it('removes the bytes of what has expired at the next start', async () => {
    await using service = await open();
    const { id } = await service.upload('a', 'x', { expiresInSeconds: 3600 });
    service.advance(3_600_000);
    await expect(service.files.get(ada, id)).rejects.toMatchObject({ code: 'not_found' });
    await service.openService();
    expect(await readdir(service.dir)).toEqual([]);
  });
});

describe('content of a message', () => {
  it('becomes what the model takes', async () => {
    await using service = await open();
    const [image, pdf, text] = [
      await service.upload('a.png', PNG),
      await service.upload('b.pdf', PDF),
      await service.upload('c.md', '# Hi'),
    ];
    const file = (id: string) => ({ type: 'file' as const, file_id: id });
    const content = [
      { type: 'text' as const, text: 'Look.' },
      { type: 'image' as const, source: file(image.id) },
      { type: 'document' as const, source: file(pdf.id), context: 'From the archive' },
      { type: 'document' as const, source: file(text.id), title: 'Notes' },
      { type: 'document' as const, source: { type: 'base64' as const, media_type: 'text/csv', data: 'YSxi' } },
      { type: 'image' as const, source: { type: 'url' as const, url: 'https://example.com/a.png' } },
    ];
    await checkContent(service.files, ada, content);
    expect(await resolveContent(service.files, adas, content)).toEqual([
      { type: 'text', text: 'Look.' },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG.toString('base64') } },
      {
        type: 'document',
        source: { type: 'base64', media_type: 'application/pdf', data: PDF.toString('base64') },
        title: 'b.pdf',
        context: 'From the archive',
      },
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: '# Hi' }, title: 'Notes' },
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'a,b' } },
      { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
    ]);
  });

  it('is refused where a file is of another type, or not there', async () => {
    await using service = await open();
    const { id } = await service.upload('a.txt', 'x');
    const image = { type: 'image' as const, source: { type: 'file' as const, file_id: id } };
    const field = 'content.0.source.file_id';
    await expect(checkContent(service.files, ada, [image])).rejects.toMatchObject({
      status: 400,
      details: { field },
    });
    await expect(checkContent(service.files, bob, [image])).rejects.toMatchObject({ status: 404 });
  });

  const MIB = 1024 * 1024;
  /** What a model call carries of a PDF of 9 MB is 12 MB. */
  const toDocuments = (id: string, count: number) =>
    Array.from({ length: count }, () => ({
      type: 'document' as const,
      source: { type: 'file' as const, file_id: id },
    }));

  it('is refused where all of it is more than a model call may carry, each file counted as often as it is named', async () => {
    await using service = await open({ maxBytes: 33 * MIB });
    const { id: pdf } = await service.upload('a.pdf', Buffer.concat([PDF, Buffer.alloc(8 * MIB)]));
    const { id: text } = await service.upload('a.txt', 'x'.repeat(8 * MIB));
    await checkContent(service.files, ada, [...toDocuments(pdf, 2), ...toDocuments(text, 1)]);
    await checkContent(service.files, ada, toDocuments(text, 4));
    for (const content of [
      toDocuments(pdf, 3),
      toDocuments(text, 5),
      [...toDocuments(text, 4), { type: 'text' as const, text: '.' }],
      [
        ...toDocuments(text, 4),
        { type: 'image' as const, source: { type: 'url' as const, url: 'https://a.example/' } },
      ],
    ]) {
      await expect(checkContent(service.files, ada, content)).rejects.toMatchObject({
        code: 'too_large',
        message: expect.stringContaining('may have 32 MB at most'),
        details: { field: 'content', limit_bytes: 32 * MIB },
      });
    }
  });

  it('reads files one after the other, and one that is named again not again', async () => {
    await using service = await open();
    const ids = [(await service.upload('a.txt', 'a')).id, (await service.upload('b.txt', 'b')).id];
    let reading = 0;
    const read: string[] = [];
    const files = {
      async readForSession(session: { id: string; ownerId: string }, id: string) {
        reading += 1;
        expect(reading).toBe(1);
        read.push(id);
        const found = await service.files.readForSession(session, id);
        reading -= 1;
        return found;
      },
    };
    const resolved = await resolveContent(
      files,
      adas,
      [...ids, ...ids].flatMap((id) => toDocuments(id, 1)),
    );
    expect(read).toEqual(ids);
    expect(resolved.map((block) => block.type === 'document' && block.source)).toMatchObject(
      ['a', 'b', 'a', 'b'].map((data) => ({ type: 'text', data })),
    );
  });

  it('says that a file is gone instead of failing the turn', async () => {
    await using service = await open();
    const source = { type: 'file' as const, file_id: 'file_gone' };
    const resolved = await resolveContent(service.files, adas, [{ type: 'image', source }]);
    expect(resolved).toEqual([{ type: 'text', text: '[The file file_gone is gone.]' }]);
  });
});
