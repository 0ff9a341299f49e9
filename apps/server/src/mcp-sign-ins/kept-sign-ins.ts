import { z } from 'zod';

import type { Keyring } from '../secrets/keyring.ts';
import type { SecretOwner, SecretPlace, SecretRepository } from '../store/secrets.ts';
import { authorizationServer, oauthClient } from './authorization-server.ts';
import { createSealedDocuments, type SealedDocuments } from './sealed-documents.ts';
import { toKeptName } from './server-address.ts';

export const SIGN_IN_SCOPES = ['user', 'platform'] as const;
export type SignInScope = (typeof SIGN_IN_SCOPES)[number];

const keptSignIn = z.object({
  /** Of the MCP server, as `findServerAddress`. */
  address: z.string(),
  /** Of the MCP server, for people. */
  serverName: z.string(),
  /** The plugin that brings the server, where the sign-in was begun for that; null otherwise. */
  plugin: z.string().nullable(),
  resource: z.string(),
  server: authorizationServer,
  client: oauthClient,
  /** Empty where `problem` says that there is none any more. */
  accessToken: z.string(),
  refreshToken: z.string().nullable(),
  /** ISO 8601; null where the server does not say. */
  expiresAt: z.string().nullable(),
  /** What was granted, separated by spaces; null where nobody has said. */
  oauthScope: z.string().nullable(),
  /** What the server wanted for a call since, beside it: the next sign-in asks for it, and this one goes on. */
  missingScope: z.string().nullable(),
  signedInBy: z.string(),
  /** Why it serves no more until somebody signs in again, as a sentence. */
  problem: z.string().nullable(),
  /** A server of the deployment renews it, and has until then; ISO 8601. */
  renewal: z.object({ id: z.string(), until: z.string() }).nullable(),
});
/** A sign-in with its tokens: never for logs, events or clients. */
export type KeptSignIn = z.infer<typeof keptSignIn>;

export function createKeptSignIns(
  secrets: Pick<SecretRepository, 'put' | 'find' | 'list' | 'replace'>,
  keyring: Keyring,
): SealedDocuments<KeptSignIn> {
  return createSealedDocuments(secrets, { keyring, schema: keptSignIn });
}

/** @param ownerId of a user; empty for the platform */
export function toSignInOwner(ownerId: string): SecretOwner {
  return { scope: 'mcp_sign_in', ownerId };
}

export function toSignInPlace(ownerId: string, address: string): SecretPlace {
  return { ...toSignInOwner(ownerId), name: toKeptName(address) };
}
