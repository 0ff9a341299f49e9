import type {
  FaultDetailsResource,
  PluginPartHealth,
  PluginProblemResource,
  PluginResource,
  PluginReviewResource,
} from '@claude-sdk-pattern/protocol';

import { toMarkedText } from '../chat/terminal-text.ts';
import { describeReview } from './print-review.ts';

/** Of a review, beside what else is told of a plugin. */
const BRIEF = { textLines: 12, files: 5 };

/** A line for each plugin, in columns. */
export function listPlugins(plugins: readonly PluginResource[]): string {
  if (plugins.length === 0)
    return 'There are no plugins. Take one in with csp plugin add; csp plugin --help tells more.';
  const rows = plugins.map(({ name, version, state, health, parts, pending, problems }) => [
    name,
    version ?? '-',
    pending === null
      ? toState({ state, health })
      : `${toState({ state, health })}, ${pending.version ?? 'another version'} waits`,
    countParts(parts),
    problems.length === 0 ? '' : `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`,
  ]);
  const table = [['NAME', 'VERSION', 'STATE', 'BRINGS', ''], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length))) ?? [];
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const hasProblems = plugins.some(({ problems }) => problems.length > 0);
  return [...lines, ...(hasProblems ? ['', 'csp plugin show NAME says what the problems are.'] : [])].join('\n');
}

/** All that an administrator wants to know of one plugin. Times in ms, sizes in bytes. */
export function describeWhole(plugin: PluginResource, review?: PluginReviewResource): string {
  const { display_name, description, parts, granted, health, trusted, previous, data_bytes: dataBytes } = plugin;
  const title = [display_name, description].filter((each) => each !== null).join(': ');
  const grants = Object.entries(granted ?? {}).filter(([, names]: [string, readonly string[]]) => names.length > 0);
  const lines = [
    title,
    ...(trusted ? ["It may run in the server's own process."] : []),
    `It brings ${parts.length === 0 ? 'nothing' : parts.map(({ kind, name }) => `${kind} ${name}`).join(', ')}.`,
    grants.length === 0 ? 'Nothing was granted to it.' : 'It was granted',
    ...grants.map(([kind, names]: [string, readonly string[]]) => `  ${kind}: ${names.join(', ')}`),
    `Health: ${health.status}${health.reason === null ? '' : ` (${health.reason})`}, ${health.calls} calls, ${health.errors} failed, since ${health.since}`,
    ...health.parts.map(describeHealth),
    ...describeSource(plugin.source),
    ...(previous === null ? [] : [`The version before: ${previous.version ?? previous.digest.slice(0, 12)}`]),
    ...(dataBytes === 0 ? [] : [`It keeps ${dataBytes} bytes.`]),
  ];
  return `${lines.join('\n')}\n${describePlugin(plugin, review)}`;
}

/** Of a bare MCP server how it is called, as operators and administrators see it. */
function describeSource(source: PluginResource['source']): string[] {
  const { type, command, args = [], url, env = {}, headers = {} } = (source ?? {}) as ShownServer;
  if (type !== 'mcp') return [];
  const pairs = [...Object.entries(env), ...Object.entries(headers)].map(([name, value]) =>
    toMarkedText(`  ${name}: ${value}`),
  );
  return [toMarkedText(`It is called as ${url ?? [command, ...args].join(' ')}`), ...pairs];
}

interface ShownServer {
  type?: string;
  command?: string;
  args?: string[];
  url?: string;
  env?: Record<string, string>;
  headers?: Record<string, string>;
}

function describeHealth({
  kind,
  name,
  state,
  calls,
  errors,
  starts,
  failed_starts: failedStarts,
  p95_ms: p95,
  last_problem: last,
}: PluginPartHealth): string {
  const isNew = state === 'idle' && starts + failedStarts === 0;
  const time = p95 === null ? '' : `, 95 % within ${p95} ms`;
  const problem = last === null ? '' : `\n    ${last.at} ${last.text}${describeDetails(last)}`;
  return `  ${kind === 'mcp_server' ? `MCP server ${name}` : kind}: ${isNew ? 'not connected yet' : state}, ${calls} calls, ${errors} failed${time}${problem}`;
}

function describeDetails({ remedy, output }: FaultDetailsResource): string {
  const lines = [
    remedy === null ? [] : [`${remedy}.`],
    output === null ? [] : ['It wrote', ...output.split('\n')],
  ].flat();
  return lines.map((line) => `\n      ${toMarkedText(line)}`).join('');
}

/**
 * What became of a plugin, why it fails, what it asks for and what waits.
 * @param review Of what waits, or of what was taken in; without one only the names of what waits are told.
 */
export function describePlugin(plugin: PluginResource, review?: PluginReviewResource): string {
  const { name, version, state, health, requires, granted, pending, problems } = plugin;
  const lines = [`${name}${version === null ? '' : ` ${version}`} is ${toState(plugin)}.`];
  if (isFailing(plugin) && health.reason !== null) lines.push(`${health.reason}.`);
  const missing = Object.entries(requires).flatMap(([kind, names]: [string, readonly string[]]) => {
    const given = (granted as Record<string, readonly string[]> | null)?.[kind] ?? [];
    const left = names.filter((each) => !given.includes(each));
    return left.length === 0 ? [] : [`  ${kind}: ${left.join(', ')}`];
  });
  if (state !== 'active' && missing.length > 0) lines.push('It asks for', ...missing);
  if (pending !== null) {
    lines.push(
      `Version ${pending.version ?? pending.digest.slice(0, 12)} waits for you to grant what it adds or changes.`,
    );
    const { parts, ...added } = pending.difference;
    // Hooks are in both.
    const named = parts.filter(({ kind, name: part }) => kind !== 'hook' || !added.hooks.includes(part));
    if (review === undefined) {
      for (const { kind, name: part } of named) lines.push(`  ${kind} ${part}`);
      for (const [kind, names] of Object.entries(added)) for (const each of names) lines.push(`  ${kind}: ${each}`);
    } else lines.push(describeReview(review, BRIEF), `csp plugin review ${name} shows all of it.`);
    lines.push(`Accept it with csp plugin activate ${name} --grant-all${toRevision(plugin)}`);
  } else if (review !== undefined) lines.push(describeReview(review, BRIEF));
  if (state === 'registered' && pending === null) lines.push(describeNextStep(plugin, missing.length > 0));
  return `${lines.join('\n')}${describeProblems(problems)}`;
}

/** Where the next roll back leads: to the version that this one went back from, and so forward again. */
export function describeWayBack({ name, previous }: PluginResource): string {
  if (previous === null) return '\nThere is no version before this one any more.';
  return `\nIt went back from ${previous.version ?? previous.digest.slice(0, 12)}: csp plugin roll-back ${name} goes there again.`;
}

function describeNextStep(plugin: PluginResource, asks: boolean): string {
  const grants = asks ? ', with --grant KIND=A,B or --grant-all for what it asks for' : '';
  return `Next: csp plugin activate ${plugin.name}${toRevision(plugin)}${grants}`;
}

/** With it nothing is granted to another version, or configuration, than the one that is printed. */
function toRevision({ revision }: PluginResource): string {
  return revision === null ? '' : ` --revision ${revision}`;
}

/** Each problem with its place and remedy, after an empty line; nothing where there is none. */
export function describeProblems(problems: readonly PluginProblemResource[]): string {
  if (problems.length === 0) return '';
  const lines = problems.map(({ file, field, message, remedy }) => {
    const place = [file, field].filter((each) => each !== null).join(': ');
    return `  ${place === '' ? '' : `${place}: `}${message}. ${remedy}`;
  });
  return `\n\n${lines.join('\n')}`;
}

function toState(plugin: Pick<PluginResource, 'state' | 'health'>): string {
  return isFailing(plugin) ? `${plugin.state}, failing` : plugin.state;
}

/** Whether it is active, and a server or an endpoint of it does not work. */
function isFailing({ state, health }: Pick<PluginResource, 'state' | 'health'>): boolean {
  return state === 'active' && health.status === 'failed';
}

function countParts(parts: PluginResource['parts']): string {
  const counts = new Map<string, number>();
  for (const { kind } of parts) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ');
}
