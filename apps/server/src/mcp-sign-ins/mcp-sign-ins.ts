import { CspError } from '@claude-sdk-pattern/protocol';

import { may } from '../access/may.ts';
import { toRefusal } from '../access/to-refusal.ts';
import type { AuditRecorder } from '../audit/audit-log.ts';
import { toFactActor } from '../audit/fact.ts';
import type { McpAuthorization } from '../definitions/mcp-authorization.ts';
import type { Actor } from '../identity/actor.ts';
import { createAttemptWindow } from '../lib/attempt-window.ts';
import type { Fetch, OutgoingFetch } from '../lib/outgoing-fetch.ts';
import { toPluginMcpServers } from '../plugins/to-plugin-mcp-servers.ts';
import type { PluginSet } from '../plugins/plugin-set.ts';
import type { Keyring } from '../secrets/keyring.ts';
import type { SecretsInUse } from '../secrets/secrets-in-use.ts';
import type { Store, StoreTransaction } from '../store/port.ts';
import type { Logger } from '../telemetry/logger.ts';
import { createBegunSignIns } from './begun-sign-ins.ts';
import { createKeptSignIns, toSignInOwner, toSignInPlace, type KeptSignIn, type SignInScope } from './kept-sign-ins.ts';
import { createMcpClients, type McpClients } from './mcp-clients.ts';
import { createRenewSignIn } from './renew-sign-in.ts';
import { revokeSignIn } from './revoke-sign-in.ts';
import { findServerAddress } from './server-address.ts';
import { createSignInAuthorization } from './sign-in-authorization.ts';
import { toSignInFact } from './sign-in-fact.ts';
import { createSignInFlow, type BegunAnswer, type SignInAnswer } from './sign-in-flow.ts';

/** A server to sign in to: by its URL, or that of a plugin. */
export type SignInServer = { url: string } | { plugin: string; server: string };

/** What may be told of a sign-in. */
export interface SignInInfo {
  id: string;
  scope: SignInScope;
  serverUrl: string;
  serverName: string;
  /** The plugin for whose server it was made; null for a URL. */
  plugin: string | null;
  issuer: string;
  /** Of its token; null where the server does not say. */
  expiresAt: string | null;
  /** Whether the token is renewed by itself. */
  renews: boolean;
  oauthScope: string | null;
  /** Why somebody has to sign in again, as a sentence; null while it serves. */
  problem: string | null;
  createdAt: string;
  updatedAt: string;
}

/** What people do with sign-ins to MCP servers. Nobody can read a token back. */
export interface McpSignIns {
  /** Without a scope the actor's own, and those of the platform where they may see them. @throws CspError `permission_denied` */
  list(actor: Actor, scope?: SignInScope): Promise<SignInInfo[]>;
  /** @throws CspError `permission_denied`, `not_found` for a plugin's server, `invalid_request` that says why nobody can sign in there */
  begin(
    actor: Actor,
    sign: { server: SignInServer; scope: SignInScope; baseUrl: string; returnTo: string },
  ): Promise<BegunAnswer>;
  /**
   * @param assertAllowed throws where the actor's credential has ended: it is asked once the token endpoint has answered
   * @throws CspError `permission_denied`, `invalid_request` for an answer that fits nothing that the actor began
   */
  finish(
    actor: Actor,
    answer: SignInAnswer,
    assertAllowed: () => Promise<void>,
  ): Promise<{ signIn: SignInInfo; returnTo: string }>;
  /** Signs out, at the authorization server as well where it offers that. @throws CspError `permission_denied`, `not_found` */
  remove(actor: Actor, scope: SignInScope, id: string): Promise<void>;
  /** All that an account has, when it is removed. */
  removeAll(userId: string): Promise<void>;
  readonly clients: McpClients;
  /** What goes with the requests of sessions. */
  readonly authorization: McpAuthorization;
  /** Somebody has signed in: a user, or the platform, whose id is empty. Returns the unsubscriber. */
  onSignedIn(listener: (ownerId: string) => void): () => void;
}

export interface McpSignInsDeps {
  store: Pick<Store, 'secrets' | 'transaction'>;
  audit: AuditRecorder;
  /** As `Identity.assertActive`. */
  assertActive(transaction: StoreTransaction['database'], userId: string): Promise<void>;
  keyring: Keyring;
  inUse: Pick<SecretsInUse, 'note'>;
  plugins: Pick<PluginSet, 'current'>;
  outgoing: OutgoingFetch;
  /** Origins of MCP servers and authorization servers inside of the network. */
  allowedOrigins: readonly string[];
  /** Whether the network of agents is limited: then a sign-in reaches only public servers and the allowed origins. */
  isLimited: boolean;
  /** Where everybody reaches the platform; undefined where nobody has said. */
  publicUrl: string | undefined;
  logger: Pick<Logger, 'warn'>;
  now(): number;
}

/** Of one user, or of the platform. */
const MAX_SIGN_INS = 100;
/** Of one user, on this server: each asks servers that anybody may name, and may register a client. */
const MAX_BEGINNINGS = 30;
const BEGINNINGS_MS = 10 * 60_000;

export function createMcpSignIns(deps: McpSignInsDeps): McpSignIns {
  const { store, audit, keyring, plugins, outgoing, allowedOrigins, isLimited, publicUrl, now } = deps;
  const kept = createKeptSignIns(store.secrets, keyring);
  const clients = createMcpClients({ store, audit, keyring });
  const begun = createBegunSignIns({ secrets: store.secrets, keyring, now });
  const beginnings = createAttemptWindow(BEGINNINGS_MS, now);
  const listeners = new Set<(ownerId: string) => void>();
  const findAddress = (url: string) => findServerAddress(url, allowedOrigins);
  // A session reaches the server itself in the same way.
  const fetchFor = (address: string): Fetch => outgoing.open(isLimited ? [] : [new URL(address).origin]);
  const revoke = (signIn: KeptSignIn) => revokeSignIn(signIn, fetchFor(signIn.address));
  const flow = createSignInFlow({
    ...{ begun, clients, fetchFor, publicUrl, now },
    mayLeadTo: (url) => findAddress(url) !== undefined,
  });
  const renew = createRenewSignIn({
    ...{ kept, clients, audit, logger: deps.logger, fetchFor, now },
    revoke: async (signIn) => void (await revoke(signIn)),
  });

  /** @returns the id of the owner. @throws CspError where the actor may not */
  function findOwnerId(actor: Actor, scope: SignInScope, action: 'read' | 'change'): string {
    if (scope === 'user') return actor.userId;
    if (!may(actor, `platform_mcp_sign_in.${action}`, 'none')) throw toRefusal(actor, `platform_mcp_sign_in.${action}`);
    return '';
  }

  function findServer(server: SignInServer): { url: string; serverName: string; plugin: string | null } {
    if ('url' in server)
      return { url: server.url, serverName: URL.parse(server.url)?.host ?? server.url, plugin: null };
    const plugin = plugins.current.filter(({ name }) => name === server.plugin);
    const found = toPluginMcpServers(plugin, { nodePath: 'node' }).find(({ name }) => name === server.server);
    if (found === undefined || !('url' in found)) {
      const message = `There is no active plugin ${server.plugin} with a server ${server.server} that has a URL`;
      throw new CspError('not_found', message);
    }
    return { url: found.url, serverName: found.name, plugin: server.plugin };
  }

  return {
    async list(actor, scope) {
      const all = may(actor, 'platform_mcp_sign_in.read', 'none')
        ? (['platform', 'user'] as const)
        : (['user'] as const);
      const scopes = scope === undefined ? all : [scope];
      const owners = scopes.map((each) => toSignInOwner(findOwnerId(actor, each, 'read')));
      return (await Promise.all(owners.map((owner) => kept.list(owner)))).flat().map(toInfo);
    },

    async begin(actor, { server, scope, baseUrl, returnTo }) {
      const ownerId = findOwnerId(actor, scope, 'change');
      const { url, ...named } = findServer(server);
      const address = findAddress(url);
      if (address === undefined)
        throw new CspError(
          'invalid_request',
          'Nobody can sign in to this server: its URL is not https, or it holds a password or a secret',
          { details: { field: 'server_url' } },
        );
      const retryAfterMs = beginnings.waitMs(actor.userId, MAX_BEGINNINGS);
      if (retryAfterMs > 0) {
        const message = `Nobody begins more than ${MAX_BEGINNINGS} sign-ins in ten minutes. Wait, then try again`;
        throw new CspError('rate_limited', message, { retryAfterMs });
      }
      beginnings.add(actor.userId);
      const before = await kept.find(toSignInPlace(ownerId, address));
      if (before === undefined && (await store.secrets.count(toSignInOwner(ownerId))) >= MAX_SIGN_INS)
        throw new CspError('quota_exceeded', `There are ${MAX_SIGN_INS} sign-ins already. Sign out of one first`);
      const { missingScope, oauthScope } = before?.value ?? {};
      // A sign-in for one more permission keeps those that it has.
      const moreScope = missingScope == null ? null : `${oauthScope ?? ''} ${missingScope}`;
      return await flow.begin(actor, { scope, address, ...named, moreScope, baseUrl, returnTo });
    },

    async finish(actor, answer, assertAllowed) {
      const { begun: ended, kept: signIn } = await flow.finish(actor, answer);
      const ownerId = findOwnerId(actor, ended.scope, 'change');
      const place = toSignInPlace(ownerId, signIn.address);
      const fact = { actor: toFactActor(actor), ...toSignInFact('mcp_sign_in.create', place, signIn) };
      const before = await kept.find(place);
      try {
        await assertAllowed();
        await store.transaction(async (transaction) => {
          await deps.assertActive(transaction.database, actor.userId);
          await audit.record(fact, transaction);
          await createKeptSignIns(transaction.secrets, keyring).put(place, signIn);
        });
      } catch (error) {
        await revoke(signIn);
        throw error;
      }
      if (before !== undefined && before.value.server.issuer !== signIn.server.issuer) await revoke(before.value);
      for (const listener of listeners) listener(ownerId);
      const info = (await kept.list(toSignInOwner(ownerId))).find(({ name }) => name === place.name);
      if (info === undefined) throw new CspError('state_conflict', 'The sign-in was ended at the same time');
      return { signIn: toInfo(info), returnTo: ended.returnTo };
    },

    async remove(actor, scope, id) {
      const place = { ...toSignInOwner(findOwnerId(actor, scope, 'change')), name: id };
      const found = await kept.find(place);
      await store.transaction(async (transaction) => {
        if (!(await transaction.secrets.delete(place))) throw new CspError('not_found', `There is no sign-in ${id}`);
        if (found !== undefined) {
          const fact = { actor: toFactActor(actor), ...toSignInFact('mcp_sign_in.delete', place, found.value) };
          await audit.record(fact, transaction);
        }
      });
      if (found !== undefined) await revoke(found.value);
    },

    async removeAll(userId) {
      const owner = toSignInOwner(userId);
      const all = await kept.list(owner);
      await store.secrets.deleteAll(owner);
      await begun.removeAll(userId);
      await Promise.all(all.map(({ value }) => revoke(value)));
    },

    clients,
    authorization: createSignInAuthorization({ kept, renew, inUse: deps.inUse, findAddress, now }),

    onSignedIn(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

type Listed = Awaited<ReturnType<ReturnType<typeof createKeptSignIns>['list']>>[number];

function toInfo({ ownerId, name, value, createdAt, updatedAt }: Listed): SignInInfo {
  const { address, serverName, plugin, server, expiresAt, refreshToken, oauthScope, problem } = value;
  return {
    ...{ id: name, scope: ownerId === '' ? 'platform' : 'user', serverUrl: address, serverName, plugin },
    ...{ issuer: server.issuer, expiresAt, renews: refreshToken !== null, oauthScope },
    ...{ problem, createdAt, updatedAt },
  };
}
