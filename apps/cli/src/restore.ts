import { parseArgs } from 'node:util';

import { restoreBackup, type Restored } from '@claude-sdk-pattern/server/backup/restore-backup';
import { loadConfig } from '@claude-sdk-pattern/server/config/load-config';

import type { CliContext } from './cli-context.ts';
import { countOf } from './count-of.ts';
import { runCommand } from './run-command.ts';

const USAGE = `Usage: csp restore FOLDER [--without-secrets-key]

Restores a backup into an empty data directory and, where CLAUDE_SDK_PATTERN_DATABASE_URL is set, an empty PostgreSQL
database; the backup may come from either kind of database. Every byte is verified first. It replaces nothing.

  --without-secrets-key  go on without the secrets key of the server that was backed up: its secrets are lost
`;

const OPTIONS = {
  'without-secrets-key': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** `csp restore`. Exit code 1: it failed; 2: unknown option or no folder. */
export async function restore(args: readonly string[], context: CliContext): Promise<number> {
  const { print, environment } = context;
  return runCommand(
    context,
    { usage: USAGE, parse: () => parse(args), isHelp: ({ values }) => values.help },
    async (parsed) => {
      const { folder, values } = parsed;
      const withoutSecretsKey = values['without-secrets-key'];
      print(describe(await restoreBackup(loadConfig(environment), { source: folder, withoutSecretsKey })));
      return 0;
    },
  );
}

function parse(args: readonly string[]) {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  const [folder, ...rest] = positionals;
  if (values.help) return { values, folder: '' };
  return folder === undefined || rest.length > 0 ? undefined : { values, folder };
}

function describe({ manifest, sessions, webhookMessages }: Restored): string {
  return [
    `Restored the state of ${manifest.at}. The next start of the server brings the schema up to date.`,
    sessions === 1
      ? '1 session worked or waited then: its turn was stopped, and a notice in it says so.'
      : `${sessions} sessions worked or waited then: their turns were stopped, and a notice in them says so.`,
    `${countOf(webhookMessages, 'message')} for the webhook ${webhookMessages === 1 ? 'was' : 'were'} left unsent.`,
    `Whatever was revoked, locked or deleted after ${manifest.at} is valid and there again: keys, sign-ins, shares, accounts.`,
  ].join('\n');
}
