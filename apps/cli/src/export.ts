import { open, rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';

import type { ErrorEnvelope } from '@claude-sdk-pattern/protocol';
import { toLocalUrl } from '@claude-sdk-pattern/server/config/base-url';
import { loadConfig } from '@claude-sdk-pattern/server/config/load-config';

import { API_KEY_VARIABLE } from './chat/chat-options.ts';
import type { CliContext } from './cli-context.ts';
import { findUserId } from './find-user.ts';
import { createSender } from './plugin/send-request.ts';
import { runCommand } from './run-command.ts';

const USAGE = `Usage: csp export USER --to FILE.zip

Downloads everything that the server keeps of a person, given by id or email address, as a zip archive; its README.txt
says what is in it. The file gets its name when all of it is there.

  --to FILE   where to write it; nothing is replaced
  --url URL   server; by default the one of this machine, at the host and port of the configuration

The API key, of an administrator, is read from ${API_KEY_VARIABLE}.
`;

const OPTIONS = {
  to: { type: 'string' },
  url: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** `csp export`. Exit code 1: it failed; 2: unknown option, or one is missing. */
export async function exportUser(args: readonly string[], context: CliContext): Promise<number> {
  const { print, environment } = context;
  return runCommand(
    context,
    { usage: USAGE, parse: () => parse(args), isHelp: (parsed) => parsed.help },
    async (parsed) => {
      const { user, to, url } = parsed;
      const config = loadConfig(environment);
      const base = (url ?? toLocalUrl(config.host, config.port)).replace(/\/$/, '');
      const id = await findUserId(createSender({ url: base }, context), user);
      const response = await fetch(`${base}/api/v1/users/${encodeURIComponent(id)}/export`, {
        headers: { authorization: `Bearer ${environment[API_KEY_VARIABLE] ?? ''}` },
      });
      if (!response.ok || response.body === null) throw new Error(await toMessage(response));
      await write(response.body, to);
      print(`Wrote everything that is kept of ${user} to ${to}.`);
      return 0;
    },
  );
}

function parse(args: readonly string[]) {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  const [user = '', ...rest] = positionals;
  const { to = '', url, help } = values;
  return help || (user !== '' && to !== '' && rest.length === 0) ? { user, to, url, help } : undefined;
}

async function write(body: ReadableStream, to: string): Promise<void> {
  // Takes the name, so that nothing is replaced.
  await (await open(to, 'wx', 0o600)).close();
  const partial = `${to}.part`;
  try {
    const file = await open(partial, 'w', 0o600);
    await pipeline(Readable.fromWeb(body), file.createWriteStream());
    await rename(partial, to);
  } catch (error) {
    await rm(partial, { force: true });
    await rm(to, { force: true });
    throw error;
  }
}

async function toMessage(response: Response): Promise<string> {
  try {
    return ((await response.json()) as ErrorEnvelope).error.message;
  } catch {
    return `The server answered ${response.status}.`;
  }
}
