import { parseArgs } from 'node:util';

import type { Page } from '@claude-sdk-pattern/protocol';
import type { DeploymentResource, DeploymentRunResource } from '@claude-sdk-pattern/protocol/v1';

import { API_KEY_VARIABLE } from './chat/chat-options.ts';
import { toMarkedText } from './chat/terminal-text.ts';
import type { CliContext } from './cli-context.ts';
import { createSender, type Send } from './plugin/send-request.ts';
import { runCommand } from './run-command.ts';

const USAGE = `Usage: csp schedules list | run ID | pause ID | unpause ID | runs ID

  list          your deployments: when they run, and how they are
  run ID        run one now, also a paused one: prints the session that it made
  pause ID      its schedule and its webhook start nothing until it goes on
  unpause ID    let it go on
  runs ID       its last runs, with their sessions or why there is none

  --json        print what the server answers
  --url URL     server; by default the one of this machine, at the host and port of the configuration

The API key is read from ${API_KEY_VARIABLE}. docs/guide/schedules.md tells how to make deployments.
`;

const OPTIONS = {
  json: { type: 'boolean', default: false },
  url: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

type Command = (send: Send, id: string) => Promise<{ answer: unknown; text: string }>;

const COMMANDS = {
  async list(send) {
    const all: DeploymentResource[] = [];
    let page: string | null = null;
    do {
      const loaded = (await send(
        'GET',
        `/deployments?limit=100${page === null ? '' : `&page=${page}`}`,
      )) as Page<DeploymentResource>;
      all.push(...loaded.data);
      page = loaded.next_page;
    } while (page !== null);
    return { answer: { data: all }, text: all.map(describe).join('\n') || 'You have no deployments.' };
  },
  async run(send, id) {
    const run = (await send('POST', `/deployments/${id}/run`)) as DeploymentRunResource;
    return { answer: run, text: describeRun(run) };
  },
  async pause(send, id) {
    const changed = (await send('POST', `/deployments/${id}/pause`)) as DeploymentResource;
    return { answer: changed, text: describe(changed) };
  },
  async unpause(send, id) {
    const changed = (await send('POST', `/deployments/${id}/unpause`)) as DeploymentResource;
    return { answer: changed, text: describe(changed) };
  },
  async runs(send, id) {
    const loaded = (await send('GET', `/deployment_runs?limit=20&deployment_id=${id}`)) as Page<DeploymentRunResource>;
    return { answer: loaded, text: loaded.data.map(describeRun).join('\n') || 'It has not run yet.' };
  },
} satisfies Record<string, Command>;

/** `csp schedules`. Exit code 1: it failed, also a run that made no session; 2: unknown command or option. */
export async function schedules(args: readonly string[], context: CliContext): Promise<number> {
  const { print } = context;
  return runCommand(
    context,
    { usage: USAGE, parse: () => parse(args), isHelp: ({ values }) => values.help },
    async (parsed) => {
      const { values, command, id } = parsed;
      const send = createSender({ url: values.url, below: '/v1' }, context);
      const { answer, text } = await command(send, encodeURIComponent(id));
      print(values.json ? JSON.stringify(answer, null, 2) : toMarkedText(text));
      return (answer as Partial<DeploymentRunResource>).error == null ? 0 : 1;
    },
  );
}

function parse(args: readonly string[]) {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  const [name = 'list', id = '', ...more] = positionals;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name as keyof typeof COMMANDS] : undefined;
  const isComplete = more.length === 0 && (name === 'list') === (id === '');
  if (values.help) return { values, command: COMMANDS.list, id };
  return command === undefined || !isComplete ? undefined : { values, command, id };
}

function describe({
  id,
  name,
  schedule,
  status,
  paused_reason: reason,
  has_webhook: hasWebhook,
}: DeploymentResource): string {
  const when = schedule === null ? [] : [`${schedule.expression} ${schedule.timezone}`];
  const next = status === 'active' ? schedule?.upcoming_runs_at?.[0] : undefined;
  const state = reason === null ? [] : [reason.type === 'manual' ? 'paused' : `paused: ${reason.error.type}`];
  const parts = [
    ...when,
    ...(hasWebhook ? ['webhook'] : []),
    ...state,
    ...(next === undefined ? [] : [`next ${next}`]),
  ];
  return `${id}  ${name}  ${parts.join(' · ')}`.trimEnd();
}

function describeRun({ id, created_at: at, session_id: session, error }: DeploymentRunResource): string {
  return `${id}  ${at}  ${session ?? `failed: ${error?.message ?? ''}`}`;
}
