import { CspError } from '@claude-sdk-pattern/protocol';
import { z } from 'zod';

import { may } from '../access/may.ts';
import { toRefusal } from '../access/to-refusal.ts';
import type { AuditRecorder } from '../audit/audit-log.ts';
import { toFactActor } from '../audit/fact.ts';
import type { Actor } from '../identity/actor.ts';
import type { Keyring } from '../secrets/keyring.ts';
import type { Store } from '../store/port.ts';
import type { SecretOwner, SecretPlace } from '../store/secrets.ts';
import { toIssuerKey } from './addresses.ts';
import { oauthClient, type OAuthClient } from './authorization-server.ts';
import { createSealedDocuments } from './sealed-documents.ts';

const kept = z.object({
  issuer: z.string(),
  /** An operator has registered it with the authorization server, or the platform itself has. */
  kind: z.enum(['configured', 'registered']),
  /** With which it was registered; null for a configured one. */
  redirectUri: z.string().nullable(),
  /** Of the MCP servers that a configured one serves; no others get a token by it. */
  serverOrigins: z.array(z.string()).default([]),
  /** For which it was registered, separated by spaces: many servers give it no others. Null where none was named. */
  oauthScope: z.string().nullable(),
  client: oauthClient,
});
export type KeptClient = z.infer<typeof kept>;
export type RegisteredClient = Pick<KeptClient, 'client' | 'oauthScope'> & { redirectUri: string };

const OWNER: SecretOwner = { scope: 'mcp_client', ownerId: '' };
/** Configured ones, and as many registered ones, of which the oldest makes room. */
const MAX_CLIENTS = 200;

/** The platform's clients at authorization servers, one for each issuer. */
export interface McpClients {
  find(issuer: string): Promise<KeptClient | undefined>;
  /**
   * Keeps one that the platform has registered, unless an operator has configured one meanwhile.
   * @throws CspError `invalid_request` for the client id of another issuer, whose code it may be after
   */
  keepRegistered(issuer: string, registered: RegisteredClient): Promise<void>;
  /** The server knows it no more; a configured one stays. */
  forgetRegistered(issuer: string): Promise<void>;
  /** By issuer. @throws CspError `permission_denied` */
  list(actor: Actor): Promise<KeptClient[]>;
  /** @throws CspError `permission_denied`, `quota_exceeded` */
  configure(actor: Actor, issuer: string, set: { client: OAuthClient; serverOrigins: string[] }): Promise<void>;
  /** @throws CspError `permission_denied`, `not_found` */
  remove(actor: Actor, issuer: string): Promise<void>;
}

export function createMcpClients(deps: {
  store: Pick<Store, 'secrets' | 'transaction'>;
  audit: AuditRecorder;
  keyring: Keyring;
}): McpClients {
  const { store, audit, keyring } = deps;
  const documents = createSealedDocuments(store.secrets, { keyring, schema: kept });
  const find = async (issuer: string) => (await documents.find(toPlace(issuer)))?.value;
  const assertMayChange = (actor: Actor) => {
    if (!may(actor, 'platform_mcp_sign_in.change', 'none')) throw toRefusal(actor, 'platform_mcp_sign_in.change');
  };
  const toFact = (actor: Actor, issuer: string, change: 'configured' | 'removed') => ({
    ...{ actor: toFactActor(actor), action: 'mcp_client.update' as const },
    target: { type: 'mcp_client' as const, id: issuer },
    details: { change },
  });

  return {
    find,

    async keepRegistered(issuer, registered) {
      const place = toPlace(issuer);
      const all = await documents.list(OWNER);
      const isOthers = all.some(
        ({ name, value }) => name !== place.name && value.client.client_id === registered.client.client_id,
      );
      if (isOthers)
        throw new CspError(
          'invalid_request',
          `${issuer} registered this platform with the client id that it has at another authorization server`,
        );
      const before = all.find(({ name }) => name === place.name)?.value;
      if (before?.kind === 'configured') return;
      const others = all.filter(({ name, value }) => name !== place.name && value.kind === 'registered');
      const oldest = others.toSorted((a, b) => (a.updatedAt < b.updatedAt ? -1 : 1));
      for (const each of oldest.slice(0, Math.max(0, others.length - (MAX_CLIENTS - 1))))
        await store.secrets.delete(each);
      await documents.put(place, { issuer, kind: 'registered', serverOrigins: [], ...registered });
    },

    async forgetRegistered(issuer) {
      if ((await find(issuer))?.kind === 'registered') await store.secrets.delete(toPlace(issuer));
    },

    async list(actor) {
      if (!may(actor, 'platform_mcp_sign_in.read', 'none')) throw toRefusal(actor, 'platform_mcp_sign_in.read');
      const found = (await documents.list(OWNER)).map(({ value }) => value);
      return found.toSorted((a, b) => (a.issuer < b.issuer ? -1 : 1));
    },

    async configure(actor, issuer, { client, serverOrigins }) {
      assertMayChange(actor);
      const { name: own } = toPlace(issuer);
      const others = (await documents.list(OWNER)).filter(
        ({ name, value }) => name !== own && value.kind === 'configured',
      );
      if (others.length >= MAX_CLIENTS)
        throw new CspError('quota_exceeded', `There are ${MAX_CLIENTS} clients already. Remove one that nothing needs`);
      await audit.record(toFact(actor, issuer, 'configured'));
      await documents.put(toPlace(issuer), {
        ...{ issuer, kind: 'configured', redirectUri: null, oauthScope: null, client, serverOrigins },
      });
    },

    async remove(actor, issuer) {
      assertMayChange(actor);
      await store.transaction(async (transaction) => {
        if (!(await transaction.secrets.delete(toPlace(issuer))))
          throw new CspError('not_found', `There is no client for ${issuer}`);
        await audit.record(toFact(actor, issuer, 'removed'), transaction);
      });
    },
  };
}

function toPlace(issuer: string): SecretPlace {
  return { ...OWNER, name: toIssuerKey(issuer) };
}
