import type { AuditRecorder } from '../audit/audit-log.ts';
import type { KeptAuthorization, McpAuthorization, McpAuthorizationContext } from '../definitions/mcp-authorization.ts';
import type { Clock } from '../lib/clock.ts';
import type { SecretsInUse } from '../secrets/secrets-in-use.ts';
import type { Store } from '../store/port.ts';
import type { VaultRecord } from '../store/vaults.ts';
import { toCredentialFact } from './credential-fact.ts';
import { readCredentialContent, type CredentialContent, type CredentialSecrets } from './credential-content.ts';
import type { CredentialSafe } from './credential-secrets.ts';
import type { RefreshCredential } from './refresh-credential.ts';
import { toServerKey } from './server-key.ts';

export interface VaultAuthorizationDeps {
  store: Pick<Store, 'vaults' | 'vaultCredentials' | 'secrets'>;
  safe: CredentialSafe;
  refresh: RefreshCredential;
  audit: AuditRecorder;
  inUse: Pick<SecretsInUse, 'note'>;
  clock: Pick<Clock, 'now'>;
}

/** A token that ends so soon is renewed before it is sent. */
const EARLY_MS = 30_000;
/** After a refresh that failed, the token endpoint is left alone for so long. */
const FAILED_PAUSE_MS = 30_000;
const MAX_REMEMBERED = 5000;

/**
 * The credentials of the vaults that a session names, for as long as they belong to its owner: in the order in which it names
 * them, the first whose URL is that of the server (`toServerKey`).
 */
export function createVaultAuthorization(deps: VaultAuthorizationDeps): McpAuthorization {
  const { store, safe, refresh, audit, inUse, clock } = deps;
  const told = new Set<string>();
  /** Until when a token is not refreshed again, by credential and token. */
  const failed = new Map<string, number>();

  async function findCredential(
    url: string,
    { userId, vaultIds = [] }: McpAuthorizationContext,
  ): Promise<VaultRecord | undefined> {
    const key = toServerKey(url);
    for (const id of vaultIds) {
      const vault = await store.vaults.find(id);
      if (vault === undefined || vault.parentId !== userId || vault.archivedAt !== null) continue;
      const credentials = await store.vaultCredentials.listUsable(id);
      const found = credentials.find((each) => toServerKey(readCredentialContent(each).auth.serverUrl) === key);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The new token; undefined where there is none. */
  async function renew(id: string, refused: string): Promise<string | undefined> {
    const key = `${id} ${refused}`;
    if ((failed.get(key) ?? 0) > clock.now()) return undefined;
    const outcome = await refresh(id, refused);
    if (outcome.status === 'succeeded') return outcome.token;
    const isFinal = outcome.status === 'no_refresh_token' || (outcome.status === 'failed' && outcome.isFinal);
    // A new token has another key.
    remember(failed, key, isFinal ? Infinity : clock.now() + FAILED_PAUSE_MS);
    return undefined;
  }

  /** A token that goes to a server is hidden where it comes back, and is in the audit log once for each session. */
  async function note(record: VaultRecord, token: string, context: McpAuthorizationContext): Promise<void> {
    inUse.note(context.agentSessionId, { name: record.id, value: token });
    const use = `${context.agentSessionId} ${record.id} ${record.version}`;
    if (told.has(use)) return;
    told.add(use);
    const [oldest] = told;
    if (told.size > MAX_REMEMBERED && oldest !== undefined) told.delete(oldest);
    const { target, details } = toCredentialFact(record);
    await audit.record({
      actor: { type: 'agent', id: context.agentId ?? null },
      action: 'vault_credential.use',
      target,
      details: { ...details, agent_session_id: context.agentSessionId, user_id: context.userId ?? null },
    });
  }

  return {
    async find({ url }, context): Promise<KeptAuthorization | undefined> {
      if (context.userId === undefined || (context.vaultIds ?? []).length === 0) return undefined;
      const record = await findCredential(url, context);
      const secrets = record && (await safe.open(store.secrets, record));
      if (record === undefined || secrets === undefined) return undefined;
      const isEnding = endsSoon(readCredentialContent(record), secrets, clock.now());
      const token = isEnding ? ((await renew(record.id, secrets.token)) ?? secrets.token) : secrets.token;
      await note(record, token, context);
      return {
        header: toHeader(token),
        async renew() {
          const next = await renew(record.id, token);
          if (next === undefined) return undefined;
          await note(record, next, context);
          return toHeader(next);
        },
      };
    },
  };
}

function endsSoon({ auth }: CredentialContent, { refreshToken }: CredentialSecrets, nowMs: number): boolean {
  if (auth.type !== 'mcp_oauth' || auth.expiresAt === null || refreshToken === undefined) return false;
  return Date.parse(auth.expiresAt) - nowMs < EARLY_MS;
}

function toHeader(token: string): string {
  return `Bearer ${token}`;
}

function remember(map: Map<string, number>, key: string, value: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MAX_REMEMBERED && oldest !== undefined) map.delete(oldest);
}
