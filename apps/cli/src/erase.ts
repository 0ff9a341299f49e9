import { parseArgs } from 'node:util';

import type { ErasedPersonResource } from '@claude-sdk-pattern/protocol';

import { API_KEY_VARIABLE } from './chat/chat-options.ts';
import type { CliContext } from './cli-context.ts';
import { findUserId } from './find-user.ts';
import { createSender } from './plugin/send-request.ts';
import { runCommand } from './run-command.ts';

const USAGE = `Usage: csp erase USER --dry-run | --yes

Erases a person, given by id or email address: the account, all that it owns, and the person's name in what stays. There is
no way back. To hand sessions and files to somebody else first, delete the account in the web app instead. Older backups
still have the person.

  --dry-run   only say how much there is
  --yes       do it
  --url URL   server; by default the one of this machine, at the host and port of the configuration

The API key, of an administrator, is read from ${API_KEY_VARIABLE}.
`;

const OPTIONS = {
  'dry-run': { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  url: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** `csp erase`. Exit code 1: it failed; 2: unknown option, or one is missing. */
export async function erase(args: readonly string[], context: CliContext): Promise<number> {
  const { print } = context;
  return runCommand(
    context,
    { usage: USAGE, parse: () => parse(args), isHelp: (parsed) => parsed.values.help },
    async (parsed) => {
      const { user, values } = parsed;
      const send = createSender({ url: values.url }, context);
      const id = await findUserId(send, user);
      const body = { dry_run: values['dry-run'] };
      print(
        describe(user, (await send('POST', `/users/${encodeURIComponent(id)}/erase`, body)) as ErasedPersonResource),
      );
      return 0;
    },
  );
}

function parse(args: readonly string[]) {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  const [user = '', ...rest] = positionals;
  const isComplete = user !== '' && rest.length === 0 && values.yes !== values['dry-run'];
  return values.help || isComplete ? { values, user } : undefined;
}

function describe(user: string, { counts, anonymous }: ErasedPersonResource): string {
  const found = Object.entries(counts).map(([table, count]) => `${count} ${table}`);
  if (anonymous === null) return `Would erase ${user}: ${found.join(', ')}. The usage stays without the name.`;
  return `Erased ${user}: ${found.join(', ')}. ${anonymous.usage} usage records and ${anonymous.events} events of others stay without the name.`;
}
