import { setTimeout as delay } from 'node:timers/promises';

import { SYSTEM } from '../audit/fact.ts';
import type { AuditRecorder } from '../audit/audit-log.ts';
import type { Clock } from '../lib/clock.ts';
import {
  refreshTokens,
  type FreshTokens,
  type RefreshOutcome,
  type RefreshRequest,
} from '../mcp-oauth/refresh-tokens.ts';
import type { Store } from '../store/port.ts';
import type { VaultRecord } from '../store/vaults.ts';
import type { Logger } from '../telemetry/logger.ts';
import { toCredentialFact } from './credential-fact.ts';
import { readCredentialContent, type CredentialContent, type CredentialSecrets } from './credential-content.ts';
import type { CredentialSafe } from './credential-secrets.ts';

/** `succeeded` also where somebody else has set or fetched another token since. */
export type CredentialRefresh =
  | { status: 'succeeded'; token: string }
  | Exclude<RefreshOutcome, { status: 'succeeded' }>
  | { status: 'no_refresh_token' };

/**
 * Gets a token in the place of `refused`. One server at a time asks the token endpoint for a credential, and only once for
 * all that want it; a refresh token that rotates is stored before anyone gets the new access token.
 */
export type RefreshCredential = (id: string, refused: string) => Promise<CredentialRefresh>;

export interface RefreshCredentialDeps {
  store: Pick<Store, 'vaultCredentials' | 'secrets' | 'namedLeases' | 'transaction'>;
  safe: CredentialSafe;
  audit: AuditRecorder;
  clock: Pick<Clock, 'now'>;
  logger: Pick<Logger, 'error'>;
  /** Of this run of the server. */
  holder: string;
  /** Before storing what came is tried again. */
  savePausesMs?: readonly number[];
}

/** More than the token endpoint and the redirections on the way there may take. */
const LEASE_MS = 60_000;
const POLL_MS = 100;
const MAX_POLLS = 300;
const SAVE_PAUSES_MS = [200, 1000, 5000];

interface Unsaved {
  record: VaultRecord;
  before: CredentialSecrets;
  fresh: FreshTokens;
}

export function createRefreshCredential(deps: RefreshCredentialDeps): RefreshCredential {
  const { store, safe, clock, logger, holder, savePausesMs = SAVE_PAUSES_MS } = deps;
  const running = new Map<string, Promise<CredentialRefresh>>();
  /** What came and could not be stored: the next refresh stores it instead of asking again. */
  const unsaved = new Map<string, Unsaved>();

  async function refresh(id: string, refused: string): Promise<CredentialRefresh> {
    const lease = { name: `refresh ${id}`, holder };
    for (let polls = 0; !(await store.namedLeases.acquire(lease, LEASE_MS)); polls += 1) {
      if (polls === MAX_POLLS)
        return { status: 'connect_error', cause: new Error('Another server refreshes it and does not end') };
      await delay(POLL_MS);
      const { token } = (await open(id)) ?? {};
      if (token !== undefined && token !== refused) return { status: 'succeeded', token };
    }
    try {
      return await refreshAlone(id, refused);
    } finally {
      await store.namedLeases.release(lease);
    }
  }

  async function refreshAlone(id: string, refused: string): Promise<CredentialRefresh> {
    const left = unsaved.get(id);
    if (left !== undefined) return save(left);
    const record = await store.vaultCredentials.find(id);
    const secrets = await open(id);
    if (record === undefined || secrets === undefined) return { status: 'no_refresh_token' };
    if (secrets.token !== refused) return { status: 'succeeded', token: secrets.token };
    const request = toRefreshRequest(readCredentialContent(record), secrets);
    if (request === undefined) return { status: 'no_refresh_token' };
    const outcome = await refreshTokens(request, clock);
    if (outcome.status !== 'succeeded') return outcome;
    const came = { record, before: secrets, fresh: outcome.tokens };
    unsaved.set(id, came);
    return save(came);
  }

  /** Stores what came; a database that is away for a moment must not cost a refresh token that rotates. */
  async function save(came: Unsaved): Promise<CredentialRefresh> {
    const { id } = came.record;
    for (let tries = 0; ; tries += 1) {
      try {
        const { token } = await store.transaction((transaction) => saveTokens(deps, transaction, came));
        unsaved.delete(id);
        return { status: 'succeeded', token };
      } catch (error) {
        const pauseMs = savePausesMs[tries];
        if (pauseMs === undefined) {
          logger.error({ err: error, credential_id: id }, 'the new tokens of a credential could not be stored');
          throw error;
        }
        await delay(pauseMs);
      }
    }
  }

  /** Undefined for one that is gone. */
  async function open(id: string): Promise<CredentialSecrets | undefined> {
    const record = await store.vaultCredentials.find(id);
    return record?.archivedAt === null ? safe.open(store.secrets, record) : undefined;
  }

  return (id, refused) => {
    const shared = running.get(id);
    if (shared !== undefined) return shared;
    const run = refresh(id, refused).finally(() => running.delete(id));
    running.set(id, run);
    return run;
  };
}

/** What somebody set meanwhile stays; the rest is what came. */
async function saveTokens(
  { safe, audit }: Pick<RefreshCredentialDeps, 'safe' | 'audit'>,
  transaction: Parameters<Parameters<Store['transaction']>[0]>[0],
  { record: { id }, before, fresh }: Unsaved,
): Promise<{ token: string }> {
  const record = await transaction.vaultCredentials.lock(id);
  const current = record?.archivedAt === null ? await safe.open(transaction.secrets, record) : undefined;
  if (record === undefined || current === undefined) return { token: fresh.accessToken };
  const isToken = current.token === before.token;
  const token = isToken ? fresh.accessToken : current.token;
  const isRefreshToken = current.refreshToken === before.refreshToken;
  const refreshToken = isRefreshToken ? fresh.refreshToken : current.refreshToken;
  const content = readCredentialContent(record);
  const auth =
    isToken && content.auth.type === 'mcp_oauth' ? { ...content.auth, expiresAt: fresh.expiresAt } : content.auth;
  await transaction.vaultCredentials.update(id, { version: record.version, content: { ...content, auth } });
  await safe.put(transaction.secrets, record, {
    ...current,
    token,
    ...(refreshToken !== undefined && { refreshToken }),
  });
  await audit.record({ actor: SYSTEM, action: 'vault_credential.refresh', ...toCredentialFact(record) }, transaction);
  return { token };
}

/** Undefined for a credential that cannot be refreshed. */
function toRefreshRequest({ auth }: CredentialContent, secrets: CredentialSecrets): RefreshRequest | undefined {
  const { refreshToken, clientSecret = '' } = secrets;
  if (auth.type !== 'mcp_oauth' || auth.refresh === null || refreshToken === undefined) return undefined;
  const { clientId, tokenEndpoint, authType, resource, scope } = auth.refresh;
  return {
    ...{ tokenEndpoint, clientId, refreshToken },
    auth: authType === 'none' ? { type: authType } : { type: authType, clientSecret },
    resource: resource ?? undefined,
    scope: scope ?? undefined,
  };
}
