import { parseArgs } from 'node:util';

import type { McpClientResource, McpSignInBeginning, McpSignInResource, Page } from '@claude-sdk-pattern/protocol';

import { API_KEY_VARIABLE } from './chat/chat-options.ts';
import { toMarkedText } from './chat/terminal-text.ts';
import type { CliContext } from './cli-context.ts';
import { createSender } from './plugin/send-request.ts';
import { runCommand } from './run-command.ts';

const USAGE = `Usage: csp sign-ins list | begin URL | begin PLUGIN SERVER | remove ID | clients

  list                  your own sign-ins to MCP servers and, for operators, those of the platform
  begin URL             begin a sign-in to the MCP server at this URL: prints an address to open in a browser that is
                        signed in to the platform as the same person
  begin PLUGIN SERVER   the same for a server of an active plugin
  remove ID             sign out, at the authorization server too where it offers that
  clients               what the platform is registered as at authorization servers, for operators

  --platform    for everybody, which takes an operator; without it for yourself
  --json        print what the server answers
  --url URL     server; by default the one of this machine, at the host and port of the configuration

The API key is read from ${API_KEY_VARIABLE}.
`;

const OPTIONS = {
  platform: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  url: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** How many names each command takes, at least and at most. */
const COMMANDS: Readonly<Record<string, readonly [number, number]>> = {
  ...{ list: [0, 0], begin: [1, 2], remove: [1, 1], clients: [0, 0] },
};

/** `csp sign-ins`. Exit code 1: it failed; 2: unknown command or option. */
export async function signIns(args: readonly string[], context: CliContext): Promise<number> {
  const { print } = context;
  return runCommand(
    context,
    { usage: USAGE, parse: () => parse(args), isHelp: ({ values }) => values.help },
    async (parsed) => {
      const { values, command, names } = parsed;
      const say = (answer: unknown, text: string) => print(values.json ? JSON.stringify(answer, null, 2) : text);
      const send = createSender({ url: values.url }, context);
      const scope = values.platform ? 'platform' : 'user';
      const [first = '', second] = names;
      if (command === 'begin') {
        const server = second === undefined ? { server_url: first } : { plugin: first, server: second };
        const begun = (await send('POST', '/mcp-sign-ins', { ...server, scope })) as McpSignInBeginning;
        say(begun, toBeginning(begun));
      } else if (command === 'remove') {
        await send('DELETE', `/mcp-sign-ins/${encodeURIComponent(first)}?scope=${scope}`);
        say({ id: first, type: 'mcp_sign_in_removed' }, `Signed out: ${first}.`);
      } else if (command === 'clients') {
        const clients = (await send('GET', '/mcp-clients')) as Page<McpClientResource>;
        say(clients, toLines(clients.data.map(toClientLine), 'The platform is registered at no authorization server.'));
      } else {
        const query = values.platform ? '?scope=platform' : '';
        const found = (await send('GET', `/mcp-sign-ins${query}`)) as Page<McpSignInResource>;
        say(found, toLines(found.data.map(toLine), 'Nobody has signed in to an MCP server.'));
      }
      return 0;
    },
  );
}

function parse(args: readonly string[]) {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  const [command = '', ...names] = positionals;
  const [least, most] = (Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined) ?? [1, 0];
  if (!values.help && (names.length < least || names.length > most)) return undefined;
  return { values, command, names };
}

function toBeginning({ authorization_url, expires_at, issuer, server_url }: McpSignInBeginning): string {
  return [
    `${toMarkedText(issuer)} will let the platform use ${toMarkedText(server_url)}. Open this by ${expires_at}:`,
    '',
    toMarkedText(authorization_url),
  ].join('\n');
}

function toLine({ id, scope, server_name: name, server_url: url, status, problem }: McpSignInResource): string {
  const state = status === 'signed_in' ? 'signed in' : `needs a sign-in: ${problem ?? ''}`;
  return [id, scope, `${name} ${url}`, state].map(toMarkedText).join('\t');
}

function toClientLine({ issuer, client_id: id, kind, redirect_uri: redirect }: McpClientResource): string {
  return [issuer, id, kind, redirect].map(toMarkedText).join('\t');
}

function toLines(lines: readonly string[], none: string): string {
  return lines.length === 0 ? none : lines.join('\n');
}
