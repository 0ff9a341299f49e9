import { maskSecrets } from '@claude-sdk-pattern/protocol';

import { findSecrets } from './secrets/find-secrets.ts';
import { classifyTool } from './tool-class.ts';

/** Of one text. More is neither searched nor told. */
const MAX_CHARS = 4000;
const MAX_TOLD_CHARS = 240;
const HIDDEN = '[hidden]';

/**
 * What a tool call was, in at most 240 characters and without secrets, for the audit log, which keeps it for years: the
 * command, the path, the address without its query, or the input of another tool. Undefined for what is part of the
 * conversation, and where secrets cannot be ruled out. `isMcp`: the name is that of a tool of an MCP server.
 *
 * It hides more than people are shown, whatever the mode of secrets: also the values of names that sound like a secret, and
 * long words of mixed letters and digits. A word too many that is hidden does no harm here.
 */
export function describeCall(
  name: string,
  input: Readonly<Record<string, unknown>>,
  { isMcp }: { isMcp: boolean },
): string | undefined {
  const { marks, isIncomplete } = findSecrets(input, { hidesBlocks: true });
  if (isIncomplete) return undefined;
  const shown = hidePrivate(maskSecrets(input, marks)) as Record<string, unknown>;
  const told = toText(isMcp ? 'external' : classifyTool(name), shown);
  if (told === undefined || told === '') return undefined;
  return told.length > MAX_TOLD_CHARS ? `${told.slice(0, MAX_TOLD_CHARS)}…` : told;
}

function hidePrivate(value: unknown): unknown {
  if (typeof value === 'string')
    return PRIVATE.reduce((text, pattern) => text.replace(pattern, `$<before>${HIDDEN}`), value.slice(0, MAX_CHARS));
  if (Array.isArray(value)) return value.map(hidePrivate);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, PRIVATE_NAME.test(key) ? HIDDEN : hidePrivate(each)]),
  );
}

/** Repetitions are bounded, so that no text takes long. */
const WORDS = 'pass|pwd|secret|token|key|auth|cred|cookie';
const PRIVATE_NAME = new RegExp(WORDS, 'i');
const NAME = String.raw`[\w-]{0,40}(?:${WORDS})[\w-]{0,40}`;
const VALUE = String.raw`(?:"[^"]{0,1000}"?|'[^']{0,1000}'?|[^\s;&|"']+)`;
const PRIVATE: readonly RegExp[] = [
  // After a scheme, as in `Authorization: Bearer …`, and in JSON.
  new RegExp(String.raw`(?<before>${NAME}["']?\s{0,4}[:=]\s{0,4}(?:(?:basic|bearer|token)\s{1,4})?)${VALUE}`, 'gi'),
  new RegExp(String.raw`(?<before>(?<=\s)--?${NAME}\s{1,4})${VALUE}`, 'gi'),
  // A user and a password of curl and similar programs.
  /(?<before>(?<=\s)(?:-u|--user)\s{0,4}["']?[^\s:"']{1,100}:)[^\s"']+/g,
  /(?<before>)(?<![\w+=-])(?=[\w+=-]{0,200}\d)(?=[\w+=-]{0,200}[A-Za-z])[\w+=-]{24,}/g,
];

function toText(toolClass: ReturnType<typeof classifyTool>, input: Record<string, unknown>): string | undefined {
  const read = (...fields: string[]) =>
    fields.map((field) => input[field]).find((value): value is string => typeof value === 'string');
  switch (toolClass) {
    case 'shell':
      return read('command');
    case 'read':
    case 'edit':
      return read('file_path', 'notebook_path', 'path', 'pattern');
    case 'network':
      return toAddress(read('url')) ?? read('query');
    case 'external':
      return JSON.stringify(input);
    case 'ask':
    case 'internal':
      return undefined;
  }
}

function toAddress(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (!URL.canParse(text)) return HIDDEN;
  const { protocol, host, pathname } = new URL(text);
  return `${protocol}//${host}${pathname}`;
}
