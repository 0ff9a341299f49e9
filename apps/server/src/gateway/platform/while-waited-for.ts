import type { FastifyReply, FastifyRequest } from 'fastify';

import { getAccess } from '../entrance/admission.ts';

/**
 * Does what a person asks for, until nobody waits for the answer any more or their credential ends.
 * @throws CspError as `assertAllowed` of the credential where that has ended meanwhile
 */
export async function whileWaitedFor<T>(
  request: FastifyRequest,
  reply: FastifyReply,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const aborter = new AbortController();
  const access = getAccess(request);
  reply.raw.once('close', () => aborter.abort());
  access.onRevoked(() => aborter.abort());
  const answered = await run(aborter.signal);
  await access.assertAllowed();
  return answered;
}
