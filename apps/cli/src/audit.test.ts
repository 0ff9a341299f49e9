import { cp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { createWorkspaceDir, startServer } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { flipByte, tamper } from './fixtures/tamper.ts';
import { runCli } from './run-cli.ts';

/** Runs `csp audit verify` on a data directory. */
async function verify(dataDir: string, environment: Record<string, string> = {}) {
  const printed: string[] = [];
  const print = (text: string) => printed.push(text);
  const context = { environment: { CLAUDE_SDK_PATTERN_DATA_DIR: dataDir, ...environment }, print, printError: print };
  const code = await runCli(['audit', 'verify'], context);
  return { code, text: printed.join('\n') };
}

it('proves the log of a running server, and names the first entry that somebody changed', async () => {
  await using server = await startServer();
  for (let number = 0; number < 5; number += 1)
    expect((await server.fetch('/v1/sessions', { method: 'POST', body: '{}', headers: JSON_TYPE })).status).toBe(200);
  const listed = await (await server.fetch('/api/v1/audit?action=session.create')).json();
  const { data } = listed as { data: { seq: number; hash: string; prev_hash: string }[] };
  const [last = 0] = data.map(({ seq }) => seq);
  expect(data).toHaveLength(5);
  expect(await verify(server.dataDir)).toMatchObject({
    code: 0,
    text: expect.stringContaining('intact: entries 1 to'),
  });
  await server.kill();
  expect((await verify(server.dataDir)).code).toBe(0);

  await using copies = await createWorkspaceDir();
  const cases: [string, string][] = [
    [`update audit_entries set details = replace(details, '{', '{ ') where seq = 3`, 'entry 3 was changed'],
    [`update audit_entries set at = cast(at as blob) where seq = 2`, 'entry 2 was changed'],
    ['delete from audit_entries where seq = 2', 'entry 2 was removed'],
    [`delete from audit_entries where seq > 3`, 'entry 4 was removed'],
    [`delete from audit_entries; delete from audit_checkpoints`, 'entry 1 was removed'],
    [
      `insert into audit_entries select ${last + 1}, at, actor_type, actor_id, action, target_type, target_id, outcome,
       details, hash, 'x' from audit_entries where seq = ${last}`,
      `entry ${last + 1} was`,
    ],
    [`update audit_checkpoints set signature = upper(signature) where seq = ${last}`, `checkpoint at entry ${last}`],
  ];
  const copyTo = async (name: string): Promise<string> => {
    const dir = join(copies.path, name);
    for (const file of await readdir(server.dataDir))
      if (/^csp\.db|^secrets\.key$|^audit-head\.json$/.test(file))
        await cp(join(server.dataDir, file), join(dir, file));
    return dir;
  };
  for (const [index, [statements, words]] of cases.entries()) {
    const dir = await copyTo(String(index));
    tamper(join(dir, 'csp.db'), statements);
    expect(await verify(dir), statements).toEqual({ code: 1, text: expect.stringContaining(words) });
  }

  // One byte of the file itself.
  for (const { seq, hash, prev_hash } of data.slice(1, 4)) {
    const dir = await copyTo(`byte-${seq}`);
    // The two stand side by side in the row.
    flipByte(join(dir, 'csp.db'), { of: prev_hash + hash, at: Math.floor(Math.random() * 2 * hash.length) });
    expect(await verify(dir)).toEqual({ code: 1, text: expect.stringContaining(`entry ${seq} was changed`) });
  }

  const withoutKey = join(copies.path, '0');
  await rm(join(withoutKey, 'secrets.key'));
  expect((await verify(withoutKey)).text).toContain('The secrets key is not here');
});

it('says that there is no log to read, and makes none', async () => {
  await using dir = await createWorkspaceDir();
  expect(await verify(dir.path)).toMatchObject({ code: 1, text: expect.stringContaining('could not be read') });
  expect(await readdir(dir.path)).toEqual([]);
});

it('refuses what it does not know', async () => {
  const context = { environment: {}, print: () => undefined, printError: () => undefined };
  for (const args of [['audit'], ['audit', 'mend'], ['audit', 'verify', '--fast']])
    expect(await runCli(args, context)).toBe(2);
});

const JSON_TYPE = { 'content-type': 'application/json' };
