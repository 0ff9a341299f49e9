import type { ErrorEnvelope, PluginProblemResource } from '@claude-sdk-pattern/protocol';
import { toLocalUrl } from '@claude-sdk-pattern/server/config/base-url';
import { loadConfig } from '@claude-sdk-pattern/server/config/load-config';

import { API_KEY_VARIABLE } from '../chat/chat-options.ts';
import type { CliContext } from '../cli-context.ts';
import { describeProblems } from './print-plugins.ts';

/**
 * Sends a request; `path` is below `/api/v1`, or what the sender was made for. Resolves with what the JSON of the answer holds, or with its text where it is
 * a table; undefined for an answer without a body.
 */
export type Send = (method: string, path: string, body?: unknown) => Promise<unknown>;

/** The server answered with a failure; the message is for people. */
export class RefusedError extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/**
 * Sends requests to the server of `url`, by default to the one of this machine.
 * @throws Error for people where there is no key. What it returns rejects with a `RefusedError`, or an Error where nobody answers.
 */
export function createSender(
  { url, below = '/api/v1' }: { url: string | undefined; below?: '/api/v1' | '/v1' },
  { environment }: CliContext,
): Send {
  const key = environment[API_KEY_VARIABLE] ?? '';
  if (key === '') throw new Error(`Set ${API_KEY_VARIABLE} to an API key of the server.`);
  const base = (url ?? toOwnUrl(environment)).replace(/\/$/, '');
  return async (method, path, body) => {
    const isForm = body instanceof FormData;
    const response = await fetch(`${base}${below}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw new Error(`${base} does not answer. Start a server with csp start, or name another with --url.`, {
        cause: error,
      });
    });
    const text = await response.text();
    if (response.ok) return text === '' ? undefined : toAnswer(text, response.headers.get('content-type'));
    throw new RefusedError(toMessage(text, response.status), response.status);
  };
}

function toAnswer(text: string, contentType: string | null): unknown {
  return contentType?.startsWith('text/csv') === true ? text : JSON.parse(text);
}

function toOwnUrl(environment: CliContext['environment']): string {
  const { host, port } = loadConfig(environment);
  return toLocalUrl(host, port);
}

function toMessage(text: string, status: number): string {
  try {
    const { error } = JSON.parse(text) as ErrorEnvelope;
    const problems = (error.details?.['problems'] ?? []) as readonly PluginProblemResource[];
    const choices = problems.flatMap((problem) => problem.choices ?? []);
    if (choices.length > 0)
      return `It is a marketplace with several plugins. Name one:\n${choices.map((name) => `  --plugin ${name}`).join('\n')}`;
    return `${error.message}${problems.length > 1 ? describeProblems(problems) : ''}`;
  } catch {
    return `The server answered ${status}.`;
  }
}
