import { parseArgs } from 'node:util';

import type { UsageResource } from '@claude-sdk-pattern/protocol';

import { API_KEY_VARIABLE } from './chat/chat-options.ts';
import type { CliContext } from './cli-context.ts';
import { describeUsage } from './describe-usage.ts';
import { createSender } from './plugin/send-request.ts';
import { runCommand } from './run-command.ts';

const USAGE = `Usage: csp usage [options]

Adds up what model calls have used and cost: your own, for operators everybody's.

  --from DAY    calls of this day or later, such as 2026-01-31, or of a time such as 2026-01-31T12:00:00Z;
                by default 30 days before the end
  --to DAY      calls up to the end of this day, or before this time; by default now
  --by WHAT     hour, day, user, agent, model, session, upstream, plugin,
                payer or requested_model;
                by default day
  --user ID     only calls of this user; of others, only for operators
  --time-zone ZONE
                of hours and days, such as Europe/Berlin; by default the one of the operator
  --json        print what the server answers: exact costs, and hours or days without calls too
  --csv         the same as comma-separated values
  --url URL     server; by default the one of this machine, at the host and port of the configuration

The API key is read from ${API_KEY_VARIABLE}.
`;

const OPTIONS = {
  from: { type: 'string' },
  to: { type: 'string' },
  by: { type: 'string', default: 'day' },
  user: { type: 'string' },
  'time-zone': { type: 'string' },
  json: { type: 'boolean', default: false },
  csv: { type: 'boolean', default: false },
  url: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** The most groups that the server answers. */
const LIMIT = '1000';

/** `csp usage`. Exit code 1: it failed; 2: unknown option, or two formats. */
export async function usage(args: readonly string[], context: CliContext): Promise<number> {
  const { print } = context;
  return runCommand(
    context,
    { usage: USAGE, parse: () => parse(args), isHelp: (values) => values.help },
    async (values) => {
      const send = createSender({ url: values.url }, context);
      const answer = await send('GET', `/usage?${toQuery(values).toString()}`);
      if (values.csv) print(String(answer).trimEnd());
      else print(values.json ? JSON.stringify(answer, null, 2) : describeUsage(answer as UsageResource, values.by));
      return 0;
    },
  );
}

function parse(args: readonly string[]) {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  return values.json && values.csv ? undefined : values;
}

function toQuery(values: NonNullable<ReturnType<typeof parse>>): URLSearchParams {
  const { from, to, by, user, csv, 'time-zone': timeZone } = values;
  const given = { from, to, user_id: user, time_zone: timeZone, format: csv ? 'csv' : undefined };
  const query = new URLSearchParams({ group_by: by, limit: LIMIT });
  for (const [name, value] of Object.entries(given)) if (value !== undefined) query.set(name, value);
  return query;
}
