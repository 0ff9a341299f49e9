import type { z } from 'zod';

import type { PluginProblem } from '../problem.ts';

/** What a schema finds wrong with a file, one problem for each wrong field. No value is repeated. */
export function toProblems(error: z.ZodError, file: string, at: readonly PropertyKey[] = []): PluginProblem[] {
  return error.issues.flatMap((issue) => toIssueProblems(issue, file, at));
}

function toIssueProblems(issue: z.core.$ZodIssue, file: string, at: readonly PropertyKey[]): PluginProblem[] {
  const path = [...at, ...issue.path];
  const toProblem = (field: readonly PropertyKey[], message: string, remedy: string): PluginProblem => ({
    ...{ file, message, remedy },
    field: field.length === 0 ? null : toFieldName(field),
  });
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => toProblem([...path, key], 'is not known here', 'Check its spelling, or remove it'));
  if (issue.code === 'invalid_union') {
    // The branch whose problems lie deepest is the one that the author meant.
    const branches = issue.errors.map((branch) => branch.flatMap((each) => toIssueProblems(each, file, path)));
    const depth = (branch: readonly PluginProblem[]) => Math.max(0, ...branch.map(({ field }) => (field ?? '').length));
    const best = branches.toSorted((a, b) => depth(b) - depth(a))[0];
    // None goes deeper than the field itself: it has another type than each of them takes.
    const types = issue.errors.map(([first]) =>
      first?.code === 'invalid_type' && first.path.length === 0 ? first.expected : undefined,
    );
    const isOfOtherType = types.every((type) => type !== undefined);
    if (isOfOtherType && types.length > 0) return [toProblem(path, ...toTyped([...new Set(types)], undefined))];
    if (best !== undefined && best.length > 0) return best;
  }
  const isMissing = issue.code === 'invalid_type' && issue.input === undefined && issue.message.includes('undefined');
  if (isMissing) return [toProblem(path, 'is missing', 'Add it')];
  return [
    issue.code === 'invalid_type'
      ? toProblem(path, ...toTyped([issue.expected], /received (\w+)$/.exec(issue.message)?.[1]))
      : toProblem(
          path,
          lowerFirst(issue.message.replace(/^Invalid (?:input|option): /, '')),
          'Correct the value; docs/guide/plugins.md lists the fields',
        ),
  ];
}

/** How a type is written in JSON. */
const WRITTEN: Readonly<Record<string, string>> = {
  array: 'a list, as ["…"]',
  record: 'an object, as {"name": …}',
  object: 'an object, as {"name": …}',
  string: 'a text, as "…"',
  number: 'a number, as 10',
  int: 'a whole number, as 10',
  boolean: 'true or false',
};

/** What a field takes, and what to write. */
function toTyped(expected: readonly string[], received: string | undefined): [message: string, remedy: string] {
  const written = expected.map((type) => WRITTEN[type] ?? type).join(', or ');
  const has = received === undefined ? '' : `, not ${(WRITTEN[received] ?? received).replace(/, as .*/, '')}`;
  return [`takes ${written.replaceAll(/, as [^,]*?(?=, or |$)/g, '')}${has}`, `Write ${written}`];
}

/** `hooks.PreToolUse[0].type` */
function toFieldName(path: readonly PropertyKey[]): string {
  return path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
