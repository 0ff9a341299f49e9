import type { Upstream } from '../config/load-config.ts';
import { type CheckResult, toOk, toProblem } from './check-result.ts';

const NAME = 'Upstream';
const TIMEOUT_MS = 5_000;

/** Checks that the Messages API can be reached. Any HTTP answer counts: no key is sent and no model is called. */
export async function checkUpstream(upstream: Upstream): Promise<CheckResult> {
  if (upstream.kind === 'demo') {
    return toProblem(NAME, 'warning', {
      detail: 'no key is set, so the offline demo model answers',
      remedy: 'Set ANTHROPIC_API_KEY to talk to Claude.',
    });
  }
  try {
    await fetch(upstream.baseUrl, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    return toProblem(NAME, 'failed', {
      detail: `${upstream.baseUrl} cannot be reached (${toReason(error)})`,
      remedy: 'Check the network, the proxy and ANTHROPIC_BASE_URL.',
    });
  }
  if (upstream.apiKey === undefined) {
    return toProblem(NAME, 'warning', {
      detail: `${upstream.baseUrl} answers, but no key is set`,
      remedy: 'Set ANTHROPIC_API_KEY unless this upstream needs none.',
    });
  }
  return toOk(NAME, `${upstream.baseUrl} answers, a key is set`);
}

function toReason(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason';
  if (error.name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1000} s`;
  const { cause } = error;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message;
  return error.message;
}
