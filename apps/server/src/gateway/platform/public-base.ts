import type { FastifyRequest } from 'fastify';

/** Where people reach the server, without a slash at the end: the configured URL, or the address of their request. */
export function toPublicBase({ protocol, host }: FastifyRequest, publicUrl: string | undefined): string {
  return publicUrl ?? `${protocol}://${host}`;
}
