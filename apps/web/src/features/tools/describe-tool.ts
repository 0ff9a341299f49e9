import { chat } from '../../messages/chat.ts';
import type { ToolItem, ToolStatus } from '../../session/items.ts';
import { readText } from './tool-values.ts';

export type ToolCategory =
  | 'command'
  | 'read'
  | 'edit'
  | 'write'
  | 'search'
  | 'web'
  | 'resource'
  | 'todo'
  | 'agent'
  | 'question'
  | 'plan'
  | 'other';

const CATEGORIES: Readonly<Record<string, ToolCategory>> = {
  Bash: 'command',
  BashOutput: 'command',
  KillShell: 'command',
  KillBash: 'command',
  TaskStop: 'command',
  TaskOutput: 'command',
  Monitor: 'command',
  Read: 'read',
  NotebookRead: 'read',
  ReadMcpResourceTool: 'resource',
  ListMcpResourcesTool: 'search',
  Edit: 'edit',
  MultiEdit: 'edit',
  NotebookEdit: 'edit',
  Write: 'write',
  Glob: 'search',
  Grep: 'search',
  LS: 'search',
  ToolSearch: 'search',
  WebFetch: 'web',
  WebSearch: 'web',
  TodoWrite: 'todo',
  TaskCreate: 'todo',
  TaskUpdate: 'todo',
  TaskList: 'todo',
  TaskGet: 'todo',
  Agent: 'agent',
  Task: 'agent',
  AskUserQuestion: 'question',
  ExitPlanMode: 'plan',
};

/** The parts of a call that say which tool it is. */
type Tool = Pick<ToolItem, 'name' | 'server' | 'custom'>;

export function categoryOf(item: Tool): ToolCategory {
  // A program may call its tools as Claude Code calls its own.
  return item.server === null && item.custom !== true ? (CATEGORIES[item.name] ?? 'other') : 'other';
}

/** A tool's name for people: `server · tool` for MCP. */
export function toToolName(item: Tool): string {
  if (item.custom === true) return item.name;
  if (item.server === null) return chat.tools.names[item.name] ?? item.name;
  return `${item.server} · ${item.name.replace(new RegExp(`^mcp__${escapeRegExp(item.server)}__`), '')}`;
}

/** The subject of a call in a few characters: the command, the path, the pattern. */
export function objectOf(item: Tool & Pick<ToolItem, 'input'>): string {
  const { input } = item;
  switch (categoryOf(item)) {
    case 'command':
      return firstLine(readText(input, 'command')) || readText(input, 'description') || item.name;
    case 'read':
    case 'edit':
    case 'write':
      return shortenPath(readText(input, 'file_path') || readText(input, 'notebook_path')) || item.name;
    case 'search':
      if (item.name === 'ToolSearch') return toSearchedTools(readText(input, 'query'));
      if (item.name === 'ListMcpResourcesTool') return readText(input, 'server');
      return readText(input, 'pattern') || readText(input, 'query') || shortenPath(readText(input, 'path'));
    case 'resource':
      return readText(input, 'uri');
    case 'web':
      return readText(input, 'url') || readText(input, 'query');
    case 'todo':
      return readText(input, 'subject') || describeTodoChange(input);
    case 'agent':
      return readText(input, 'description') || firstLine(readText(input, 'prompt'));
    case 'question':
    case 'plan':
      return '';
    case 'other':
      return item.name === 'Skill' ? chat.tools.skill(readText(input, 'skill')) : toToolName(item);
  }
}

/** What a search for tools names or describes; names of MCP tools as people see them. */
function toSearchedTools(query: string): string {
  const [, names] = /^select:(.*)$/s.exec(query) ?? [];
  return (names ?? query).replaceAll(/\bmcp__(.+?)__/g, '$1 · ').replaceAll(',', ', ');
}

/** An entry of the to-do list with its status: "1 · Done". */
function describeTodoChange(input: ToolItem['input']): string {
  const status = readText(input, 'status');
  const words: Readonly<Record<string, string>> = { ...chat.tools.todoState, deleted: chat.tools.todoDeleted };
  return [readText(input, 'taskId'), words[status] ?? ''].filter((part) => part !== '').join(' · ');
}

/** What the agent is doing, in plain words: "Running npm test". */
export function describeDoing(item: Tool & Pick<ToolItem, 'input'>): string {
  const category = categoryOf(item);
  const object = clip(objectOf(item), 60);
  if (category === 'question' || category === 'plan') return chat.tools.doing.other(item.name);
  return chat.tools.doing[category](object);
}

/**
 * Summarises several calls: "Ran 4 commands, edited 2 files", or "1 of 3 commands ran, 2 wait" if not all of them ran.
 */
export function summarizeTools(items: readonly ToolItem[]): string {
  const of = (...statuses: readonly ToolStatus[]) => items.filter((item) => statuses.includes(item.status));
  const ran = of('done', 'failed');
  if (ran.length === items.length) return summarizeFinished(items);
  const categories = new Set(items.map(categoryOf));
  const ofCommands = categories.size === 1 && categories.has('command');
  // While one call asks, the calls behind it have not been asked about yet.
  const isAsking = of('asking', 'program').length > 0;
  const waiting = isAsking ? of('asking', 'program', 'running') : [];
  const others = [
    [waiting, chat.tools.wait],
    [isAsking ? [] : of('running'), chat.tools.run],
    [of('denied'), chat.tools.denied],
    [of('stopped'), chat.tools.stopped],
    [of('notRun'), chat.tools.notRun],
  ] as const;
  return [
    (ofCommands ? chat.tools.commandsRan : chat.tools.stepsRan)(ran.length, items.length),
    ...others.flatMap(([some, say]) => (some.length > 0 ? [say(some.length)] : [])),
  ].join(', ');
}

function summarizeFinished(items: readonly ToolItem[]): string {
  const counts = new Map<keyof typeof chat.tools.summary, number>();
  for (const item of items) {
    const category = categoryOf(item);
    const name = category in chat.tools.summary ? (category as keyof typeof chat.tools.summary) : 'other';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const text = Array.from(counts, ([name, count]) => chat.tools.summary[name](count)).join(', ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const SHOWN_SEGMENTS = 3;

/** Of a session's folder, as the server names it: a folder of people's that is called `workspaces` is none. */
const IN_WORKSPACE = /\/workspaces\/(?:sesn_[0-9a-z]+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/(.+)$/;

/** A path relative to the workspace; outside of the workspace, and where it leads up again, the absolute path. */
export function toWorkspacePath(path: string): string {
  return path.split('/').includes('..') ? path : (IN_WORKSPACE.exec(path)?.[1] ?? path);
}

/** The same path, shortened to its last three parts if it is long. */
export function shortenPath(whole: string): string {
  const path = toWorkspacePath(whole);
  const parts = path.split('/').filter((part) => part !== '');
  return parts.length <= SHOWN_SEGMENTS ? path : `…/${parts.slice(-SHOWN_SEGMENTS).join('/')}`;
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}

function clip(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}

function escapeRegExp(text: string): string {
  return text.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');
}
