import { parseArgs } from 'node:util';

import type { LogLevelResource } from '@claude-sdk-pattern/protocol';

import { API_KEY_VARIABLE } from './chat/chat-options.ts';
import type { CliContext } from './cli-context.ts';
import { createSender } from './plugin/send-request.ts';
import { runCommand } from './run-command.ts';

const USAGE = `Usage: csp log-level [LEVEL] [options]

Tells how much the server logs, or changes that without a restart. LEVEL is silent, fatal, error, warn, info, debug
or trace, or "configured" for the level with which the server starts.

  --for TIME    then it falls back to the configured level, such as 30s, 10m or 2h, at most 24h;
                by default when the server stops
  --url URL     server; by default the one of this machine, at the host and port of the configuration

The API key of an operator is read from ${API_KEY_VARIABLE}.
`;

const OPTIONS = {
  for: { type: 'string' },
  url: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const UNIT_SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600 };

/** `csp log-level`. Exit code 1: it failed; 2: unknown option or time. */
export async function logLevel(args: readonly string[], context: CliContext): Promise<number> {
  const { print } = context;
  return runCommand(
    context,
    { usage: USAGE, parse: () => parse(args), isHelp: (asked) => asked.help },
    async (asked) => {
      const send = createSender({ url: asked.url }, context);
      const body = { level: asked.level === 'configured' ? null : asked.level, for_seconds: asked.forSeconds };
      const answer = await (asked.level === undefined ? send('GET', '/log-level') : send('PUT', '/log-level', body));
      print(describe(answer as LogLevelResource));
      return 0;
    },
  );
}

function parse(args: readonly string[]) {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  const { for: time, url, help } = values;
  const [, count, unit = ''] = /^(\d+)([smh])$/.exec(time ?? '') ?? [];
  const isWrong = time !== undefined && (count === undefined || positionals.length === 0);
  if (positionals.length > 1 || isWrong) return undefined;
  const forSeconds = count === undefined ? undefined : Number(count) * (UNIT_SECONDS[unit] ?? 1);
  return { level: positionals[0], forSeconds, url, help };
}

function describe({ level, configured, ends_at: endsAt }: LogLevelResource): string {
  if (endsAt !== null) return `${level} until ${endsAt}, then ${configured}`;
  return level === configured ? level : `${level} until the server stops (configured: ${configured})`;
}
