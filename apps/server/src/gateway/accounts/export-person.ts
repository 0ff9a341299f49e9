import { Readable } from 'node:stream';

import { ZipFile } from 'yazl';

import { exportSession } from '../../journal/export/export-session.ts';
import type { HidePaths } from '../../journal/export/hide-server-paths.ts';
import type { FileService } from '../../files/file-service.ts';
import type { Actor } from '../../identity/actor.ts';
import type { SessionService } from '../../sessions/session-service.ts';
import { PERSONAL_TABLES, readPersonalRows } from '../../store/personal-data.ts';
import type { Store } from '../../store/port.ts';

export interface PersonExportDeps {
  store: Pick<Store, 'database' | 'audit'>;
  sessions: Pick<SessionService, 'read'>;
  files: Pick<FileService, 'open'>;
  hidePaths: HidePaths;
}

const README = `Everything that the server keeps of one person.

account.json          the account
sessions.jsonl …      one row of the database for each line; model_requests.jsonl is the usage
sessions/ID.jsonl     the events of a session in their order
files/ID/NAME         what the person uploaded
audit_entries.jsonl   what the person did, from the audit log

Not here: passwords and keys, of which the server keeps digests only; the values of secrets; files in workspaces, which
the web app shows and downloads in each session.
`;

const AUDIT_PAGE = 500;

/**
 * An archive (zip) of what is kept of a person. Read as fast as it is taken, so it holds little memory.
 * @param owner the person, as somebody who reads their own data
 */
export async function exportPerson(
  { store, sessions, files, hidePaths }: PersonExportDeps,
  { owner, account }: { owner: Actor; account: object },
): Promise<Readable> {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  const fail = (error: unknown) => void output.destroy(error instanceof Error ? error : new Error(String(error)));
  const add = (path: string, open: () => Promise<Readable> | Readable) =>
    zip.addReadStreamLazy(path, (take) => {
      // Opened when the entry before it is written.
      Promise.resolve()
        .then(open)
        .then(
          (content) => take(null, content.on('error', fail)),
          (error: unknown) => {
            fail(error);
            take(error, Readable.from([]));
          },
        );
    });
  const { userId } = owner;
  zip.addBuffer(Buffer.from(README), 'README.txt');
  zip.addBuffer(Buffer.from(JSON.stringify(account, null, 2)), 'account.json');
  for (const table of PERSONAL_TABLES)
    add(`${table}.jsonl`, () => Readable.from(toLines(readPersonalRows(store, table, userId)), { objectMode: false }));
  add('audit_entries.jsonl', () => Readable.from(toLines(readAudit(store, userId)), { objectMode: false }));
  for await (const rows of readPersonalRows(store, 'sessions', userId)) {
    for (const { id } of rows as { id: string }[])
      add(`sessions/${id}.jsonl`, async () => {
        const { session, events } = await sessions.read(owner, id);
        return Readable.from(exportSession({ format: 'jsonl', session, events, hidePaths }), { objectMode: false });
      });
  }
  for await (const rows of readPersonalRows(store, 'files', userId)) {
    for (const { id, filename } of rows as { id: string; filename: string }[])
      add(`files/${id}/${toEntryName(filename)}`, async () => (await files.open(owner, id)).content);
  }
  zip.end();
  return output;
}

async function* toLines(pages: AsyncIterable<readonly object[]>): AsyncGenerator<string> {
  for await (const rows of pages) yield rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

async function* readAudit({ audit }: Pick<Store, 'audit'>, userId: string): AsyncGenerator<object[]> {
  for (let after = 0; ;) {
    const entries = await audit.list({ actor: userId, order: 'asc', after, limit: AUDIT_PAGE });
    const last = entries.at(-1);
    if (last === undefined) return;
    yield entries;
    after = last.seq;
  }
}

/** A name that no program takes for a path. */
function toEntryName(filename: string): string {
  const plain = filename.replaceAll(/[\p{Cc}/\\:]/gu, '_');
  return /^\.*$/.test(plain) ? 'unnamed' : plain;
}
