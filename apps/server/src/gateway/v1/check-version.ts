import { CspError } from '@claude-sdk-pattern/protocol';
import type { FastifyInstance } from 'fastify';

/** What `anthropic-version` may say: the first version of the API, and the one that `@anthropic-ai/sdk` 1.14.0 sends. */
const VERSIONS: readonly string[] = ['2023-06-01', '2026-10-21'];

/**
 * Refuses a version of the API that this server does not speak, instead of answering in another one. Without the header
 * every version is meant. `anthropic-beta` names what a client would like to use: what is here needs none, and what is
 * not says so itself.
 */
export function addVersionCheck(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    const version = request.headers['anthropic-version'];
    if (version === undefined || VERSIONS.includes(String(version))) return;
    const message = `This server does not speak version ${String(version).slice(0, 100)} of the API. Send anthropic-version ${VERSIONS.join(' or ')}, or leave it out`;
    throw new CspError('invalid_request', message, { details: { field: 'anthropic-version' } });
  });
}
