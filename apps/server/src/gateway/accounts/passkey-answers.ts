import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { z } from 'zod';

/** Larger than any authenticator sends without an attestation; keeps parsing bounded. */
const MAX_PART_LENGTH = 32 * 1024;

const part = z.base64url().max(MAX_PART_LENGTH);
const id = z.base64url().min(1).max(1400);
const shape = { id, rawId: id, type: z.literal('public-key') };

/** What a browser answers that made a passkey. Extensions are not asked for, and left out. */
export const newCredential = z
  .object({
    ...shape,
    response: z.object({
      clientDataJSON: part,
      attestationObject: part,
      transports: z.array(z.string().max(32)).max(10).optional(),
    }),
  })
  .transform(({ response, ...rest }): RegistrationResponseJSON => ({
    ...rest,
    clientExtensionResults: {},
    response: response as RegistrationResponseJSON['response'],
  }));

/** What a browser answers that used a passkey. */
export const usedCredential = z
  .object({
    ...shape,
    response: z.object({
      clientDataJSON: part,
      authenticatorData: part,
      signature: part,
      userHandle: part.optional(),
    }),
  })
  .transform(({ response, ...rest }): AuthenticationResponseJSON => ({
    ...rest,
    clientExtensionResults: {},
    response: response as AuthenticationResponseJSON['response'],
  }));
