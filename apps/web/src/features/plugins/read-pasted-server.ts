import type { SourceDraft } from './to-source.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * What a person has pasted where one thing is asked for: an MCP server as other programs write it, `{"mcpServers": {"name": {…}}}`, with or
 * without what is around it. Null for another text, and for one of several servers. Pure.
 */
export function readPastedServer(text: string): Partial<SourceDraft> | null {
  const found = findServer(parse(text));
  if (found === null) return null;
  const { name, config } = found;
  const { type, command, args, url } = config;
  const named = name === '' ? {} : { name };
  if (typeof url === 'string')
    return {
      ...{ ...named, way: 'url', url, transport: type === 'sse' ? 'sse' : 'http' },
      headers: toText(config['headers'], ': '),
    };
  const words = Array.isArray(args) ? args.map(String) : [];
  return {
    ...named,
    way: 'command',
    command: String(command),
    args: words.join('\n'),
    env: toText(config['env'], '='),
  };
}

function findServer(value: unknown): { name: string; config: Values } | null {
  if (!isObject(value)) return null;
  if (isServer(value)) return { name: '', config: value };
  // VS Code calls them `servers`.
  const around = value['mcpServers'] ?? value['servers'];
  if (around !== undefined) return findServer(around);
  const [only, ...more] = Object.entries(value);
  return only !== undefined && more.length === 0 && isServer(only[1]) ? { name: only[0], config: only[1] } : null;
}

function isServer(value: unknown): value is Values {
  return isObject(value) && (typeof value['command'] === 'string' || typeof value['url'] === 'string');
}

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toText(pairs: unknown, separator: string): string {
  return Object.entries(isObject(pairs) ? pairs : {})
    .map(([name, value]) => `${name}${separator}${String(value)}`)
    .join('\n');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Documentation shows the part from "mcpServers" on, or from the name.
    try {
      return JSON.parse(`{${text.trim().replace(/,$/, '')}}`) as unknown;
    } catch {
      return undefined;
    }
  }
}
