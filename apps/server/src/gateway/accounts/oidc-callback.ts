import type { FastifyRequest } from 'fastify';

/** Where an OpenID provider sends the browser back to. */
export const CALLBACK_PATH = '/api/v1/sign-in/oidc/callback';

/** The address of the callback as the provider has to know it. @param publicUrl without it, the host of the request */
export function toRedirectUri({ protocol, host }: FastifyRequest, publicUrl: string | undefined): string {
  return `${publicUrl ?? `${protocol}://${host}`}${CALLBACK_PATH}`;
}
