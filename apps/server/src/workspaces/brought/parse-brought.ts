import { z } from 'zod';

export const BROUGHT_KINDS = [
  'hook',
  'mcp_server',
  'skill',
  'command',
  'agent',
  'permission',
  'file',
  'setting',
] as const;

/** One thing that a folder brings, as people review it. */
export interface BroughtItem {
  kind: (typeof BROUGHT_KINDS)[number];
  name: string;
  /** From the folder, with `/`. */
  path: string;
  /** Whether it is used once it is trusted. What is not has no effect on this platform. */
  runs: boolean;
  /** What it is, whole and as it is written: what would run and is not shown could not be trusted. */
  text: string;
}

export interface ParsedBrought {
  items: readonly BroughtItem[];
  /** By event, as in `settings.json`; those of `settings.local.json` behind. */
  hooks: Readonly<Record<string, readonly unknown[]>>;
  /** By name, as in `.mcp.json`. */
  servers: Readonly<Record<string, unknown>>;
  /** Rules for calls that would run without being asked about. */
  allow: readonly string[];
}

export interface BroughtSources {
  settings: Buffer | undefined;
  local: Buffer | undefined;
  servers: Buffer | undefined;
  files: readonly { path: string; content: Buffer }[];
}

/** More than anything that Claude Code reads. Indented, each level makes a text longer, and JSON.stringify takes some thousands. */
const MAX_DEPTH = 20;
const object = z.record(z.string(), z.unknown());
/** Names that would reach into the prototypes of JavaScript. */
const UNSAFE = new Set(['__proto__', 'constructor', 'prototype']);
/** A server that names a secret of this platform would be given it. */
const SECRET = /\$\{secret:|\$\{user_config/;

/** What the files of a folder mean. A file that cannot be read is shown, and nothing of it is used. Pure. */
export function parseBrought({ settings, local, servers, files }: BroughtSources): ParsedBrought {
  const items: BroughtItem[] = [];
  const hooks: Record<string, unknown[]> = {};
  const allow: string[] = [];
  for (const [path, content] of [
    ['.claude/settings.json', settings],
    ['.claude/settings.local.json', local],
  ] as const) {
    if (content !== undefined) addSettings({ items, hooks, allow }, path, content);
  }
  const used = servers === undefined ? {} : addServers(items, servers);
  for (const { path, content } of files) {
    const found = toFileItem(path);
    if (found) items.push({ ...found, path: `.claude/${path}`, runs: true, text: content.toString('utf8') });
  }
  // They are copied with what runs, which may start or read each of them.
  if (items.some(({ runs }) => runs))
    for (const { path, content } of files)
      if (toFileItem(path) === undefined)
        items.push({ kind: 'file', name: path, path: `.claude/${path}`, runs: true, text: toFileText(content) });
  return { items, hooks, servers: used, allow };
}

function addSettings(
  found: { items: BroughtItem[]; hooks: Record<string, unknown[]>; allow: string[] },
  path: string,
  content: Buffer,
): void {
  const stated = readObject(content);
  if (typeof stated === 'string') {
    found.items.push({ kind: 'setting', name: stated, path, runs: false, text: content.toString('utf8') });
    return;
  }
  for (const [name, value] of Object.entries(stated)) {
    if (name === 'hooks') addHooks(found, path, value);
    else if (name === 'permissions') addPermissions(found, path, value);
    else if (name !== '$schema') found.items.push({ kind: 'setting', name, path, runs: false, text: toText(value) });
  }
}

function addHooks({ items, hooks }: Parameters<typeof addSettings>[0], path: string, value: unknown): void {
  for (const [event, matchers] of Object.entries(object.safeParse(value).data ?? {})) {
    if (!Array.isArray(matchers) || UNSAFE.has(event)) continue;
    hooks[event] = [...(hooks[event] ?? []), ...(matchers as unknown[])];
    for (const matcher of matchers)
      items.push({ kind: 'hook', name: toHookName(event, matcher), path, runs: true, text: toText(matcher) });
  }
}

function toHookName(event: string, matcher: unknown): string {
  const { data } = z.object({ matcher: z.string().min(1) }).safeParse(matcher);
  return data === undefined ? event : `${event} ${data.matcher}`;
}

function addPermissions({ items, allow }: Parameters<typeof addSettings>[0], path: string, value: unknown): void {
  for (const [field, stated] of Object.entries(object.safeParse(value).data ?? {})) {
    const rules = field === 'allow' ? z.array(z.string()).safeParse(stated).data : undefined;
    if (rules === undefined) {
      items.push({ kind: 'setting', name: `permissions.${field}`, path, runs: false, text: toText(stated) });
      continue;
    }
    allow.push(...rules);
    for (const rule of rules) items.push({ kind: 'permission', name: rule, path, runs: true, text: rule });
  }
}

function addServers(items: BroughtItem[], content: Buffer): Record<string, unknown> {
  const stated = readObject(content);
  const servers = typeof stated === 'string' ? {} : (object.safeParse(stated['mcpServers'] ?? stated).data ?? {});
  const used: [string, unknown][] = [];
  for (const [name, config] of Object.entries(servers)) {
    const runs = !UNSAFE.has(name) && !SECRET.test(JSON.stringify(config));
    items.push({ kind: 'mcp_server', name, path: '.mcp.json', runs, text: toText(config) });
    if (runs) used.push([name, config]);
  }
  return Object.fromEntries(used);
}

function toFileItem(path: string): Pick<BroughtItem, 'kind' | 'name'> | undefined {
  const [, skill] = /^skills\/([^/]+)\/SKILL\.md$/.exec(path) ?? [];
  if (skill !== undefined) return { kind: 'skill', name: skill };
  const [, folder, name] = /^(commands|agents)\/(.+)\.md$/.exec(path) ?? [];
  if (name === undefined) return undefined;
  return { kind: folder === 'agents' ? 'agent' : 'command', name: name.replaceAll('/', ':') };
}

function toFileText(content: Buffer): string {
  return content.includes(0) ? `${content.length} bytes that are no text` : content.toString('utf8');
}

/** A text says why it cannot be read. */
function readObject(content: Buffer): Record<string, unknown> | string {
  try {
    const { data } = object.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content)));
    if (data === undefined) return 'no JSON';
    return isDeep(data) ? 'nested too deeply' : data;
  } catch {
    return 'no JSON';
  }
}

/** Level by level: a call for each would overflow the stack. */
function isDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; depth <= MAX_DEPTH; depth += 1) {
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
    if (level.length === 0) return false;
  }
  return true;
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}
