import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import type { Page, StopImpact, StopResource } from '@claude-sdk-pattern/protocol';

import { API_KEY_VARIABLE } from './chat/chat-options.ts';
import type { CliContext } from './cli-context.ts';
import { createSender, RefusedError, type Send } from './plugin/send-request.ts';
import { runCommand } from './run-command.ts';

const USAGE = `Usage: csp drain --reason TEXT [--wait]   takes a server out of service
       csp drain --resume                puts it back

The server takes no new turns; those that run may finish. Idle sessions are let go, so that other servers can serve them. It stays so
over a restart.

  --reason TEXT   why; people who send a message meanwhile read it
  --wait          end when no turn runs any more: then the server can be ended
  --resume        it takes turns again, and messages that waited are taken
  --url URL       server; by default the one of this machine, at the host and port of the configuration. Behind a load balancer,
                  name the server itself

The API key, of an operator, is read from ${API_KEY_VARIABLE}.
`;

const OPTIONS = {
  reason: { type: 'string' },
  wait: { type: 'boolean', default: false },
  resume: { type: 'boolean', default: false },
  url: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const LOOK_EVERY_MS = 1000;
const CONFLICT = 409;

/** `csp drain`. Exit code 1: it failed; 2: unknown option, or no reason. */
export async function drain(args: readonly string[], context: CliContext): Promise<number> {
  const { print } = context;
  return runCommand(
    context,
    { usage: USAGE, parse: () => parse(args), isHelp: (values) => values.help },
    async (values) => {
      const send = createSender({ url: values.url }, context);
      if (values.resume) {
        print(await resume(send));
        return 0;
      }
      print(await begin(send, values.reason ?? ''));
      if (values.wait) await waitForTurns(send, context);
      return 0;
    },
  );
}

function parse(args: readonly string[]) {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const hasReason = (values.reason ?? '').trim() !== '';
  return values.help || hasReason !== values.resume ? values : undefined;
}

async function begin(send: Send, reason: string): Promise<string> {
  const { turns } = await readImpact(send);
  try {
    await send('POST', '/stops', { scope: 'node', reason });
  } catch (error) {
    if (!(error instanceof RefusedError) || error.status !== CONFLICT) throw error;
    return 'The server drains already.';
  }
  return `The server takes no new turns. ${turns === 1 ? '1 turn runs' : `${turns} turns run`} to the end.`;
}

async function readImpact(send: Send): Promise<StopImpact> {
  return (await send('GET', '/stops/impact?scope=node')) as StopImpact;
}

async function waitForTurns(send: Send, { print, signal }: CliContext): Promise<void> {
  let told = -1;
  for (;;) {
    const { turns } = await readImpact(send);
    if (turns === 0) return print('No turn runs any more. The server can be ended.');
    if (turns !== told) print(`${turns === 1 ? '1 turn still runs' : `${turns} turns still run`}.`);
    told = turns;
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}

async function resume(send: Send): Promise<string> {
  const { node_id: nodeId, data } = (await send('GET', '/stops')) as Page<StopResource> & { node_id: string };
  const own = data.find(({ scope, target_id: id }) => scope === 'node' && id === nodeId);
  if (own === undefined) return 'The server does not drain.';
  await send('DELETE', `/stops/${own.id}`);
  return 'The server takes turns again.';
}
