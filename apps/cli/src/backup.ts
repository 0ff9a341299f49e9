import { parseArgs } from 'node:util';

import { createBackup, type CreatedBackup } from '@claude-sdk-pattern/server/backup/create-backup';
import type { Manifest } from '@claude-sdk-pattern/server/backup/manifest';
import { verifyBackup } from '@claude-sdk-pattern/server/backup/verify-backup';
import { loadConfig } from '@claude-sdk-pattern/server/config/load-config';

import type { CliContext } from './cli-context.ts';
import { countOf } from './count-of.ts';
import { tellFailure } from './tell-failure.ts';

const USAGE = `Usage: csp backup FOLDER [--with-secrets-key] | csp backup --verify FOLDER

Backs up the database and the data directory into a new folder, also while the server runs. Run it as the user who runs
the server, with its environment. Exit code 0 when the backup is whole; otherwise there is no folder of this name.

  --with-secrets-key  also take the secrets key: whoever has the backup can then read every secret in it. Without it keep
                      a copy of the key elsewhere, since a backup without the key has no readable secrets
  --verify            read a backup, and compare every byte with what was written
`;

const OPTIONS = {
  'with-secrets-key': { type: 'boolean', default: false },
  verify: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** `csp backup`. Exit code 1: it failed; 2: unknown option or no folder. */
export async function backup(args: readonly string[], context: CliContext): Promise<number> {
  const { print, printError, environment } = context;
  const parsed = parse(args);
  if (parsed === undefined) {
    printError(USAGE);
    return 2;
  }
  const { folder, values } = parsed;
  if (folder === undefined) {
    print(USAGE);
    return 0;
  }
  const stop = new AbortController();
  const abort = () => stop.abort(new Error('The backup was stopped; nothing of it is left.'));
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.once(signal, abort);
  try {
    if (values.verify) {
      print(`${folder} is whole: ${describe(await verifyBackup(folder))}`);
      return 0;
    }
    const config = loadConfig(environment);
    const created = await createBackup(config, {
      ...{ target: folder, withSecretsKey: values['with-secrets-key'], signal: stop.signal },
    });
    print(`Backed up to ${folder}: ${describe(created.manifest)}`);
    for (const warning of toWarnings(created)) printError(warning);
    return 0;
  } catch (error) {
    return tellFailure(context, error);
  } finally {
    for (const signal of signals) process.removeListener(signal, abort);
  }
}

function parse(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
    const [folder, ...rest] = positionals;
    if (values.help) return { values, folder: undefined };
    return folder === undefined || rest.length > 0 ? undefined : { values, folder };
  } catch {
    return undefined;
  }
}

function describe({ at, database, index, server_version: version }: Manifest): string {
  const count = (table: string) => database.tables.find(({ name }) => name === table)?.rows ?? 0;
  const mb = (index.bytes / 1e6).toFixed(1);
  return `as of ${at}, ${countOf(count('sessions'), 'session')}, ${countOf(count('events'), 'event')}, ${countOf(count('auth_user'), 'person', 'people')}, ${countOf(index.entries, 'file')} of ${mb} MB; version ${version}, schema ${database.schema}, ${database.kind}.`;
}

function toWarnings({ manifest, auditProblem }: CreatedBackup): string[] {
  const { secrets_key: key, left_out: leftOut, deleted_meanwhile: deleted } = manifest;
  return [
    ...(key.id !== null && !key.included
      ? [
          'WARNING: the secrets key is not in this backup. Without it no stored secret can be read and everybody has to sign in again: keep a copy of secrets.key, or of CLAUDE_SDK_PATTERN_SECRETS_KEY, in another safe place.',
        ]
      : []),
    ...(key.id === null ? ['WARNING: there is no secrets key here. Is this the data directory of the server?'] : []),
    ...(leftOut.count > 0
      ? [`${leftOut.count} files could not be read and are not in it: ${leftOut.paths.join(', ')}`]
      : []),
    ...(deleted.length > 0 ? [`${deleted.length} uploads were deleted while it ran and are not in it.`] : []),
    ...(auditProblem === undefined ? [] : [`The audit log does not have this backup: ${auditProblem}`]),
  ];
}
