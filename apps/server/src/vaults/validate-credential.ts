import { CspError, hideTexts, type HiddenText } from '@claude-sdk-pattern/protocol';
import type { CredentialValidation } from '@claude-sdk-pattern/protocol/v1';

import type { Clock } from '../lib/clock.ts';
import type { Store } from '../store/port.ts';
import type { VaultRecord } from '../store/vaults.ts';
import { readCredentialContent, type CredentialSecrets } from './credential-content.ts';
import type { CredentialSafe } from './credential-secrets.ts';
import type { CredentialRefresh, RefreshCredential } from './refresh-credential.ts';

/** What came of connecting to an MCP server: `status` and `contentType` are those of its answer, where it gave one. */
export type ProbeOutcome =
  | { state: 'ok' }
  | { state: 'failed'; method: string; answer?: { status: number; contentType: string } };

/** Connects to a server with this header, and lists its tools. Never rejects. */
export type ProbeServer = (url: string, authorization: string) => Promise<ProbeOutcome>;

/** Tries a credential at its server. @throws CspError `invalid_request` for one that is no `mcp_oauth` */
export type ValidateCredential = (record: VaultRecord) => Promise<CredentialValidation>;

export interface ValidateCredentialDeps {
  store: Pick<Store, 'secrets'>;
  safe: CredentialSafe;
  refresh: RefreshCredential;
  probe: ProbeServer;
  clock: Pick<Clock, 'now'>;
}

type HttpResponse = NonNullable<NonNullable<CredentialValidation['mcp_probe']>['http_response']>;

export function createValidateCredential(deps: ValidateCredentialDeps): ValidateCredential {
  const { store, safe, refresh, probe, clock } = deps;

  return async (record) => {
    const { auth } = readCredentialContent(record);
    const secrets = await safe.open(store.secrets, record);
    if (auth.type !== 'mcp_oauth' || secrets === undefined)
      throw new CspError('invalid_request', `${record.id} is ${auth.type}: only mcp_oauth can be validated`);
    const toVerdict = (outcome: ProbeOutcome, refreshed?: CredentialRefresh): CredentialValidation => ({
      ...{ type: 'vault_credential_validation', credential_id: record.id, vault_id: record.parentId },
      status: toStatus(outcome),
      has_refresh_token: secrets.refreshToken !== undefined,
      mcp_probe: toProbe(outcome),
      refresh: refreshed === undefined ? null : toRefresh(refreshed, toHidden(secrets)),
      validated_at: new Date(clock.now()).toISOString(),
    });

    const first = await probe(auth.serverUrl, `Bearer ${secrets.token}`);
    if (first.state === 'ok' || first.answer?.status !== 401) return toVerdict(first);
    const refreshed = await refresh(record.id, secrets.token);
    if (refreshed.status !== 'succeeded') return toVerdict(first, refreshed);
    return toVerdict(await probe(auth.serverUrl, `Bearer ${refreshed.token}`), refreshed);
  };
}

function toStatus(outcome: ProbeOutcome): CredentialValidation['status'] {
  if (outcome.state === 'ok') return 'valid';
  return outcome.answer?.status === 401 || outcome.answer?.status === 403 ? 'invalid' : 'unknown';
}

function toProbe(outcome: ProbeOutcome): CredentialValidation['mcp_probe'] {
  if (outcome.state === 'ok') return null;
  const { method, answer } = outcome;
  return { method, http_response: answer ? toResponse(answer.status, answer.contentType, '') : null };
}

/** The authorization server may repeat what it got. */
function toHidden(secrets: CredentialSecrets): HiddenText[] {
  const values = Object.values(secrets).filter((value) => typeof value === 'string' && value !== '');
  return values.toSorted((a, b) => b.length - a.length).map((text) => ({ text, mask: '[hidden]' }));
}

function toRefresh(outcome: CredentialRefresh, hidden: readonly HiddenText[]): CredentialValidation['refresh'] {
  if (outcome.status !== 'failed') return { status: outcome.status, http_response: null };
  const { status, contentType, body } = outcome.answer;
  return { status: outcome.status, http_response: toResponse(status, contentType, toOAuthError(body, hidden)) };
}

/**
 * No body but an error of OAuth is repeated: the URL may lead to a service that only this server reaches, and whoever wrote
 * it must not read that service here.
 */
function toResponse(status: number, contentType: string, body: string): HttpResponse {
  return { status_code: status, content_type: contentType.slice(0, 200), body, body_truncated: body === '' };
}

const MAX_ERROR_CHARS = 500;

function toOAuthError(body: string, hidden: readonly HiddenText[]): string {
  try {
    const { error, error_description: description } = JSON.parse(body) as Record<string, unknown>;
    if (typeof error !== 'string' || !/^[a-z_]{1,64}$/.test(error)) return '';
    // Masked before it is cut, so that no part of a secret is left.
    const text = typeof description === 'string' ? hideTexts(description, hidden).slice(0, MAX_ERROR_CHARS) : undefined;
    return JSON.stringify({ error, ...(text !== undefined && { error_description: text }) });
  } catch {
    // It is no JSON.
    return '';
  }
}
