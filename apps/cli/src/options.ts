import { parseArgs } from 'node:util';

import type { ErrorEnvelope, SessionOptions } from '@claude-sdk-pattern/protocol';
import { toLocalUrl } from '@claude-sdk-pattern/server/config/base-url';
import { loadConfig } from '@claude-sdk-pattern/server/config/load-config';

import { toMarkedText } from './chat/terminal-text.ts';
import { API_KEY_VARIABLE } from './chat/chat-options.ts';
import type { CliContext } from './cli-context.ts';

const USAGE = `Usage: csp options explain SESSION [--json] [--url URL]

Prints what the next process of a session starts with: each option of the Agent SDK, its value and where it comes from.
Secrets are never shown. The API key is read from ${API_KEY_VARIABLE}.
`;

/** `csp options`. Exit code 1: it failed; 2: unknown command or option. */
export async function options(
  args: readonly string[],
  { print, printError, environment }: CliContext,
): Promise<number> {
  const parsed = parse(args);
  if (parsed === undefined) {
    printError(USAGE);
    return 2;
  }
  const { session, json, url: given } = parsed;
  const config = loadConfig(environment);
  const base = (given ?? toLocalUrl(config.host, config.port)).replace(/\/$/, '');
  const url = `${base}/api/v1/sessions/${encodeURIComponent(session)}/options`;
  const apiKey = environment[API_KEY_VARIABLE];
  try {
    const response = await fetch(url, { headers: apiKey === undefined ? {} : { 'x-api-key': apiKey } });
    const body = (await response.json()) as SessionOptions | ErrorEnvelope;
    if (body.type === 'error') throw new Error(body.error.message);
    // Names are those of plugins and servers.
    print(json ? `${JSON.stringify(body, null, 2)}\n` : toMarkedText(formatOptions(body)));
    return 0;
  } catch (error) {
    printError(`The options could not be read: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

function parse(args: readonly string[]): { session: string; json: boolean; url: string | undefined } | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean', default: false }, url: { type: 'string' } },
    });
    const [command, session, ...rest] = positionals;
    if (command !== 'explain' || session === undefined || rest.length > 0) return undefined;
    return { session, json: values.json, url: values.url };
  } catch {
    return undefined;
  }
}

function formatOptions({ options: all, conflicts, skills, tool_search: search, running }: SessionOptions): string {
  const set = all.filter(({ is_set }) => is_set);
  const lines = set.map(({ name, value, from, names, reason }) => {
    const origin = names.length === 0 ? from : `${from}: ${names.join(', ')}`;
    return [`${name} [${origin}]`, ...(value === null ? [reason ?? ''] : formatValue(value))].join('\n  ');
  });
  const unset = all.filter(({ is_set }) => !is_set).map(({ name }) => name);
  const conflictLines = conflicts.map(
    ({ kind, name, first, second, resolution }) => `${kind} ${name}: ${first} and ${second}. ${resolution}`,
  );
  return [
    ...lines,
    formatToolSearch(search),
    `not set: ${unset.join(', ')}`,
    ...(conflictLines.length === 0 ? [] : ['', 'conflicts:', ...conflictLines]),
    ...formatSkills(skills),
    ...(running?.is_current === false
      ? ['', 'The running process has other plugins. Reload the session to take these.']
      : []),
    '',
  ].join('\n');
}

/** Of a list, and of what has names, each in a line of its own, such as MCP servers. */
function formatValue(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [JSON.stringify(value)];
  const lines = Array.isArray(value)
    ? value.map((each) => JSON.stringify(each))
    : Object.entries(value).map(([name, each]) => `${name}: ${JSON.stringify(each)}`);
  return lines.length === 0 ? [JSON.stringify(value)] : lines;
}

function formatToolSearch({ mode, above_tokens: limit, from, running }: SessionOptions['tool_search']): string {
  const now = running && `now ${running.is_on ? 'on' : 'off'}: ${running.tools} tools, about ${running.tokens} tokens`;
  const when = mode === 'auto' ? `auto, above ${limit} tokens` : mode;
  return `search of MCP tools [${from}]\n  ${[when, ...(now === null ? [] : [now])].join('; ')}`;
}

function formatSkills({ listed, budget_chars: budget, without_description: cut }: SessionOptions['skills']): string[] {
  if (cut.length === 0) return [];
  return ['', `skills without their description, of ${listed} that share ${budget} characters:`, ...cut];
}
