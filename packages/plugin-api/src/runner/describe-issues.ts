import type { z } from 'zod';

/** What does not fit, a line for each field, as `text: is missing` or `list[0].id: expected number, received string`. */
export function describeIssues({ issues }: Pick<z.ZodError, 'issues'>): string {
  return issues.map(describeIssue).join('\n');
}

function describeIssue({ code, path, message }: z.core.$ZodIssue): string {
  const isMissing = code === 'invalid_type' && message.endsWith('received undefined');
  const what = isMissing ? 'is missing' : message.replace(/^Invalid (?:input|option): /, '');
  return path.length === 0 ? what : `${toFieldName(path)}: ${what}`;
}

function toFieldName(path: readonly PropertyKey[]): string {
  return path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at === 0 ? '' : '.'}${String(part)}`))
    .join('');
}
