import type {
  AgentMcpToolResultEvent,
  AgentToolResultEvent,
  UserCustomToolResultEvent,
} from '@claude-sdk-pattern/protocol';

import { toTerminalLine, toTerminalText } from './terminal-text.ts';

/** The fields of a tool's input that describe the call, the best one first. */
const TELLING_FIELDS = [
  'command',
  'file_path',
  'notebook_path',
  'pattern',
  'url',
  'query',
  'description',
  'skill',
  'prompt',
  'path',
];

/** The text that the agent gets for a command without output. */
const NO_OUTPUT = /^\(\w+ completed with no output\)$/;

/** Tools that update the to-do list. They are not shown, because `session.todos_updated` shows the list. */
export function isTaskTool(name: string): boolean {
  return /^(?:TodoWrite|Task(?:Create|Update|Get|List))$/.test(name);
}

/** A tool call in one line, such as `Bash npm test`. */
export function summarizeToolCall(name: string, input: Readonly<Record<string, unknown>>, width: number): string {
  const telling = TELLING_FIELDS.map((field) => input[field]).find(
    (value) => typeof value === 'string' && value !== '',
  );
  return toTerminalLine(`${name} ${typeof telling === 'string' ? toShortPath(telling) : toRest(input)}`, width);
}

function toRest(input: Readonly<Record<string, unknown>>): string {
  const [question]: unknown[] = Array.isArray(input['questions']) ? input['questions'] : [];
  if (typeof question === 'object' && question !== null && 'question' in question) return String(question.question);
  return Object.keys(input).length > 0 ? JSON.stringify(input) : '';
}

/** Shows a path inside the session's workspace relative to it. */
function toShortPath(text: string): string {
  return text.replace(/^\/\S*\/sesn_[0-9a-z]+\//, '');
}

/** The whole input of a tool call, for a person who decides on it. Nothing is shortened. */
export function describeToolInput(input: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(input).flatMap(([field, value]) => {
    const text = toTerminalText(typeof value === 'string' ? value : JSON.stringify(value));
    const lines = text.split('\n');
    return lines.length === 1
      ? [`${toTerminalLine(field, 40)}: ${text}`]
      : [`${toTerminalLine(field, 40)}:`, ...lines.map((line) => `  ${line}`)];
  });
}

/** The result of a tool call, in one line. */
export function summarizeToolResult(
  event: Pick<AgentToolResultEvent | AgentMcpToolResultEvent | UserCustomToolResultEvent, 'content' | 'is_error'>,
  width: number,
): string {
  const text = [...(event.content ?? [])]
    .map((block) => (block.type === 'text' ? block.text : `[${block.type}]`))
    .join('\n');
  const lines = toTerminalText(text)
    .split('\n')
    .filter((line) => line.trim() !== '' && !NO_OUTPUT.test(line));
  // The text inside these tags is meant for the agent.
  const first = toTerminalLine(lines.find((line) => !line.startsWith('<')) ?? lines[0] ?? '', width);
  if (event.is_error) return first === '' ? 'failed' : `failed: ${first}`;
  if (lines.length === 0) return 'done';
  return lines.length === 1 ? first : `${first} (+${countLines(lines.length - 1)})`;
}

function countLines(count: number): string {
  return count === 1 ? '1 line' : `${count} lines`;
}
