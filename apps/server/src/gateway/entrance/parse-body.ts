import { CspError } from '@claude-sdk-pattern/protocol';
import type { z } from 'zod';

/**
 * Parses a request's body.
 * @throws CspError `invalid_request` that names the wrong fields, never their values.
 */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw toInvalidRequest(parsed.error);
}

interface FieldIssue {
  path: string;
  message: string;
  unsupported: boolean;
}

/**
 * Describes what is wrong with a request: `unsupported_field` when it asks for something that this server does not
 * have, otherwise `invalid_request`. `details.field` names the first wrong field. No value is repeated.
 */
export function toInvalidRequest(error: z.ZodError): CspError {
  const issues = error.issues.flatMap((issue) => toFieldIssues(issue, []));
  const summary = issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
  const first = issues.find(({ unsupported }) => unsupported) ?? issues[0];
  return new CspError(
    first?.unsupported ? 'unsupported_field' : 'invalid_request',
    `The request is not valid: ${summary}`,
    {
      details: {
        ...(first && first.path !== '' && { field: first.path }),
        issues: issues.map(({ path, message }) => ({ path, message })),
      },
    },
  );
}

function toFieldIssues(issue: z.core.$ZodIssue, parents: readonly PropertyKey[]): FieldIssue[] {
  const path = [...parents, ...issue.path];
  const toIssue = (fieldPath: readonly PropertyKey[], message: string, unsupported: boolean): FieldIssue => ({
    path: fieldPath.map(String).join('.'),
    message,
    unsupported,
  });
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => toIssue([...path, key], 'is not supported by this server', true));
    case 'custom':
      return [toIssue(path, issue.message, issue.params?.['unsupported'] === true)];
    case 'invalid_union': {
      // Of a union, the branch that fits the value best has the most useful message.
      const branches = issue.errors.map((branch) => branch.flatMap((each) => toFieldIssues(each, path)));
      const depth = (branch: readonly FieldIssue[]) =>
        Math.max(0, ...branch.map((each) => each.path.split('.').length));
      const best = branches.toSorted((a, b) => depth(b) - depth(a))[0];
      const isDeeper = best !== undefined && depth(best) > path.length;
      return isDeeper ? best : [toIssue(path, issue.message, issue.discriminator !== undefined)];
    }
    default:
      return [toIssue(path, issue.message, false)];
  }
}
