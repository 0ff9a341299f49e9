import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';

import type { ErrorEnvelope, Page, SecretResource } from '@claude-sdk-pattern/protocol';
import { loadConfig } from '@claude-sdk-pattern/server/config/load-config';
import { toLocalUrl } from '@claude-sdk-pattern/server/config/base-url';
import { rotateSecrets } from '@claude-sdk-pattern/server/rotate-secrets';

import { API_KEY_VARIABLE } from './chat/chat-options.ts';
import type { CliContext } from './cli-context.ts';
import { runCommand } from './run-command.ts';

const USAGE = `Usage: csp secrets list | set NAME | remove NAME | rotate

  list          the names of your own secrets and, for operators, those of the platform
  set NAME      set a secret; its value is read from standard input, without a line break at its end:
                csp secrets set GITHUB_TOKEN < token.txt
  remove NAME   remove a secret
  rotate        encrypt what CLAUDE_SDK_PATTERN_SECRETS_KEY_PREVIOUS has encrypted with the current secrets key, in
                the store itself; exit code 1 when something could not be read

  --user        your own secrets; without it those of the platform, which takes an operator
  --agent ID    those of an agent that you may change
  --url URL     server; by default the one of this machine, at the host and port of the configuration

The API key is read from ${API_KEY_VARIABLE}.
`;

const OPTIONS = {
  user: { type: 'boolean', default: false },
  agent: { type: 'string' },
  url: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** `csp secrets`. Exit code 1: it failed; 2: unknown command or option. */
export async function secrets(
  args: readonly string[],
  context: CliContext,
  input: AsyncIterable<Uint8Array | string> = process.stdin,
): Promise<number> {
  const { print, environment } = context;
  return runCommand(
    context,
    { usage: USAGE, parse: () => parse(args), isHelp: ({ values }) => values.help },
    async (parsed) => {
      const { values, command, name } = parsed;
      if (command === 'rotate') return await rotate(context);
      const target = new URLSearchParams(
        values.agent !== undefined ? { scope: 'agent', agent_id: values.agent } : values.user ? { scope: 'user' } : {},
      );
      const config = loadConfig(environment);
      const base = (values.url ?? toLocalUrl(config.host, config.port)).replace(/\/$/, '');
      const url = new URL(`${base}/api/v1/secrets${name === undefined ? '' : `/${name}`}`);
      url.search = target.toString();
      const apiKey = environment[API_KEY_VARIABLE];
      const send = (method: string, body?: object) =>
        request(url, {
          method,
          headers: { ...(apiKey && { 'x-api-key': apiKey }), ...(body && { 'content-type': 'application/json' }) },
          ...(body && { body: JSON.stringify(body) }),
        });
      if (command === 'set') {
        await send('PUT', { value: (await text(input)).replace(/\r?\n$/, '') });
        print(`Set ${name}.`);
      } else if (command === 'remove') {
        await send('DELETE');
        print(`Removed ${name}.`);
      } else {
        const { data } = (await (await send('GET')).json()) as Page<SecretResource>;
        print(data.length === 0 ? 'There are no secrets.' : data.map(toLine).join('\n'));
      }
      return 0;
    },
  );
}

function parse(args: readonly string[]) {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  const [command, name, ...rest] = positionals;
  const takesName = command === 'set' || command === 'remove';
  const isKnown = takesName || command === 'list' || command === 'rotate';
  if (!values.help && (!isKnown || takesName !== (name !== undefined) || rest.length > 0)) return undefined;
  if (values.user && values.agent !== undefined) return undefined;
  return { values, command, name };
}

/** @throws Error with what the server says */
async function request(url: URL, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    throw new Error(`There is no server at ${url.origin}. Start it, or name another one with --url.`, { cause: error });
  }
  if (response.ok) return response;
  const { error } = (await response.json()) as ErrorEnvelope;
  throw new Error(error.message);
}

function toLine({ name, scope, agent_id: agentId, updated_at: updatedAt }: SecretResource): string {
  return `${name}\t${agentId ?? scope}\tset ${updatedAt}`;
}

async function rotate({ environment, print, printError }: CliContext): Promise<number> {
  const { rewrapped, unreadable, examples } = await rotateSecrets(loadConfig(environment));
  print(`${rewrapped} secrets are now encrypted with the current secrets key.`);
  if (unreadable === 0) return 0;
  printError([`${unreadable} could not be read:`, ...examples].join('\n'));
  return 1;
}
