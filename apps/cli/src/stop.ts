import { parseArgs } from 'node:util';

import type { Page, StopImpact, StopResource, StopScope } from '@claude-sdk-pattern/protocol';

import { API_KEY_VARIABLE } from './chat/chat-options.ts';
import type { CliContext } from './cli-context.ts';
import { findUserId } from './find-user.ts';
import { createSender, type Send } from './plugin/send-request.ts';
import { countOf } from './count-of.ts';
import { runCommand } from './run-command.ts';

const USAGE = `Usage: csp stop                                  what is stopped now
       csp stop all --reason TEXT               every turn on every server
       csp stop user USER --reason TEXT         the turns of a user: an id or an email address
       csp stop agent ID --reason TEXT          the turns of an agent
       csp stop plugin NAME --reason TEXT       a plugin; turns go on without it
       csp stop --lift ID                       lifts a stop; all: every stop, but not of servers that drain

Turns end within a second, also on the other servers of the database. New messages are refused, and messages that wait are kept
and taken when the stop is lifted. It lasts until then, over restarts. The people whose work it stops read the reason.

  --reason TEXT   why; it is also in the audit log
  --dry-run       only say what would be concerned
  --url URL       server; by default the one of this machine, at the host and port of the configuration

The API key, of an operator, is read from ${API_KEY_VARIABLE}.
`;

const OPTIONS = {
  reason: { type: 'string' },
  lift: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  url: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const SCOPES: Record<string, StopScope> = { all: 'platform', user: 'user', agent: 'agent', plugin: 'plugin' };

/** `csp stop`. Exit code 1: it failed; 2: unknown option, or one is missing. */
export async function stop(args: readonly string[], context: CliContext): Promise<number> {
  const { print } = context;
  return runCommand(
    context,
    { usage: USAGE, parse: () => parse(args), isHelp: ({ values }) => values.help },
    async (parsed) => {
      const { values, what } = parsed;
      const send = createSender({ url: values.url }, context);
      if (values.lift !== undefined) print(await lift(send, values.lift));
      else if (what === undefined) print(describeStops(await list(send)));
      else print(await stopWork(send, what, values));
      return 0;
    },
  );
}

function parse(args: readonly string[]) {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  const [name, target, ...rest] = positionals;
  const scope = name === undefined ? undefined : SCOPES[name];
  if (rest.length > 0 || (name !== undefined && scope === undefined)) return undefined;
  if (scope === undefined) return { values, what: undefined };
  const needsReason = !values['dry-run'] && (values.reason ?? '').trim() === '';
  if ((scope === 'platform') !== (target === undefined) || needsReason || values.lift !== undefined) return undefined;
  return { values, what: { scope, target } };
}

interface What {
  scope: StopScope;
  target: string | undefined;
}

async function stopWork(send: Send, what: What, values: { reason?: string; 'dry-run': boolean }): Promise<string> {
  const { scope } = what;
  const target = scope === 'user' && what.target !== undefined ? await findUserId(send, what.target) : what.target;
  const subject = { scope, ...(target !== undefined && { target_id: target }) };
  const impact = (await send('GET', `/stops/impact?${new URLSearchParams(subject).toString()}`)) as StopImpact;
  if (values['dry-run']) return `Would concern ${describeImpact(impact)}.`;
  const made = (await send('POST', '/stops', { ...subject, reason: values.reason })) as StopResource;
  return [
    `Stopped ${describeSubject(made)}: ${describeImpact(impact)}.`,
    `Lift it with: csp stop --lift ${made.id}`,
  ].join('\n');
}

async function list(send: Send): Promise<StopResource[]> {
  return ((await send('GET', '/stops')) as Page<StopResource>).data;
}

async function lift(send: Send, id: string): Promise<string> {
  const stops = id === 'all' ? (await list(send)).filter(({ scope }) => scope !== 'node') : [{ id }];
  for (const each of stops) await send('DELETE', `/stops/${encodeURIComponent(each.id)}`);
  return stops.length === 0 ? 'Nothing is stopped.' : `Lifted ${stops.map((each) => each.id).join(', ')}.`;
}

/** In words: how much a stop concerns. */
export function describeImpact({ turns, people, processes, waiting }: StopImpact): string {
  const parts = [
    `${countOf(turns, 'running turn')} of ${countOf(people, 'person', 'people')}`,
    `${countOf(processes, 'agent process', 'agent processes')} here`,
    ...(waiting > 0 ? [`${countOf(waiting, 'session')} with messages that wait`] : []),
  ];
  return parts.join(', ');
}

function describeSubject({ scope, target_id: id, name }: StopResource): string {
  return scope === 'platform' ? 'all agents' : `${scope === 'node' ? 'server' : scope} ${name ?? id}`;
}

function describeStops(stops: readonly StopResource[]): string {
  if (stops.length === 0) return 'Nothing is stopped.';
  return stops
    .map((each) => {
      const { id, created_at: at, created_by: by, reason } = each;
      return `${id}  ${describeSubject(each)}, since ${at} by ${by.name ?? by.id}: ${reason}`;
    })
    .join('\n');
}
