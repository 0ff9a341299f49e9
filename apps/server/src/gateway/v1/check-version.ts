import { CspError } from '@claude-sdk-pattern/protocol';
import type { FastifyInstance } from 'fastify';

/**
 * Accepted values of `anthropic-version`: the first version of the API, and the one that `@anthropic-ai/sdk` 1.14.0
 * sends.
 */
const VERSIONS: readonly string[] = ['2023-06-01', '2026-10-21'];

/**
 * Refuses other versions of the API instead of answering in this one. A request without the header accepts any.
 * `anthropic-beta` is ignored: nothing here needs it, and what is missing is refused where it is used.
 */
export function addVersionCheck(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    const version = request.headers['anthropic-version'];
    if (version === undefined || VERSIONS.includes(String(version))) return;
    const message = `This server does not speak version ${String(version).slice(0, 100)} of the API. Send anthropic-version ${VERSIONS.join(' or ')}, or leave it out`;
    throw new CspError('invalid_request', message, { details: { field: 'anthropic-version' } });
  });
}
