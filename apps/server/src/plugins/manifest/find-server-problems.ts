import { findCommandProblem } from '@claude-sdk-pattern/protocol/server-rules';
import { z } from 'zod';

import type { PluginProblem } from '../problem.ts';
import { listSecretsOf } from './references.ts';
import { toProblems } from './to-problems.ts';

/** Those of Claude Code (CLI 2.1.332), which uses the last ones itself. */
const FIELDS = ['type', 'command', 'args', 'env', 'cwd', 'url', 'headers', 'timeout', 'headersHelper', 'oauth'];
const TYPES = ['stdio', 'http', 'streamable-http', 'sse'];
/** Letters that are wrong, left out, added or swapped in what was meant as another word. */
const MAX_SLIPS = 2;
const MAX_FIELD_CHARS = 20;
const EXPOSED =
  'names a secret, which is not put on a command line, where process lists show it: the server does not start';
const REMEDY_OF_EXPOSED = 'Name it in "env", and have the program read the variable';

/**
 * What is wrong with an MCP server as a file lists it, by what its author most likely meant; empty for a good one. No value
 * is repeated.
 * @param error What the schema finds wrong; undefined for a server that is taken.
 */
export function findServerProblems(
  config: unknown,
  { error, file, at }: { error: z.ZodError | undefined; file: string; at: readonly string[] },
): PluginProblem[] {
  if (typeof config !== 'object' || config === null || Array.isArray(config))
    return error ? toProblems(error, file, at) : [];
  const { type, command, url } = config as Record<string, unknown>;
  const toProblem = (name: string, message: string, remedy: string): PluginProblem => ({
    ...{ file, field: [...at, name].join('.'), message, remedy },
  });
  const slips = Object.keys(config).flatMap((name) => {
    const meant = findMeant(name, Object.keys(config));
    return meant === undefined
      ? []
      : [toProblem(name, `is not known, and close to "${meant}"`, `Write "${meant}" if that is meant, or remove it`)];
  });
  if (error === undefined) {
    const isLine = typeof command === 'string' && findCommandProblem(command) !== undefined;
    const line = toProblem(
      'command',
      'is more than the name of one program',
      'Write the program alone, and what follows it in "args"',
    );
    return [
      ...slips,
      ...(isLine ? [line] : []),
      ...listExposed(config).map((name) => toProblem(name, EXPOSED, REMEDY_OF_EXPOSED)),
    ];
  }
  // Cursor and VS Code take a server with a URL as it is; Claude Code leaves it out.
  if (typeof url === 'string' && type === undefined && command === undefined)
    return [
      ...slips,
      toProblem('type', 'is missing beside "url"', 'Add "type": "http", or "type": "sse" for an older server'),
    ];
  if (type !== undefined && !TYPES.includes(type as string))
    return [
      ...slips,
      toProblem('type', 'is no type of server here', `Write one of ${TYPES.map((each) => `"${each}"`).join(', ')}`),
    ];
  // What is missing is named by the field that stands in its place.
  return slips.length > 0 ? slips : toProblems(toMeantError(error, config as Record<string, unknown>), file, at);
}

/** Where a command line would have a secret. Variables are secrets too: the server's own environment is read for none. */
function listExposed({ command, args = [] }: { command?: unknown; args?: unknown }): string[] {
  const texts = [['command', command], ...[args].flat().map((each, at) => [`args.${at}`, each])] as [string, unknown][];
  return texts.flatMap(([name, text]) => (typeof text === 'string' && listSecretsOf(text).length > 0 ? [name] : []));
}

/** What is wrong with it as the kind of server that it is, in the order of `mcpServerConfig`. */
function toMeantError(error: z.ZodError, { type, command }: Record<string, unknown>): z.ZodError {
  const [issue] = error.issues;
  if (issue?.code !== 'invalid_union') return error;
  const isProgram = command !== undefined || type === undefined || type === 'stdio';
  return new z.ZodError(issue.errors[isProgram ? 0 : type === 'sse' ? 2 : 1] ?? error.issues);
}

function findMeant(name: string, present: readonly string[]): string | undefined {
  if (FIELDS.includes(name) || name.length > MAX_FIELD_CHARS) return undefined;
  const close = FIELDS.filter(
    (field) =>
      !present.includes(field) && countSlips(name.toLowerCase(), field) <= Math.min(MAX_SLIPS, field.length / 3),
  );
  return close.toSorted((a, b) => countSlips(name, a) - countSlips(name, b))[0];
}

/** The Levenshtein distance. */
function countSlips(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let at = 0; at < one.length; at += 1) {
    const next = [at + 1];
    for (let to = 0; to < other.length; to += 1)
      next.push(Math.min((row[to] ?? 0) + Number(one[at] !== other[to]), (row[to + 1] ?? 0) + 1, (next[to] ?? 0) + 1));
    row = next;
  }
  return row[other.length] ?? 0;
}
