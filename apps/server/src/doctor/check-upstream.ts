import type { ConfiguredUpstream, Upstream } from '../config/upstream-settings.ts';
import { toServiceUrl } from '../model-gateway/upstreams/cloud/cloud-service.ts';
import { type CheckResult, toOk, toProblem } from './check-result.ts';

const TIMEOUT_MS = 5_000;

/** Checks that every Messages API can be reached. Any HTTP answer counts: no key is sent and no model is called. */
export function checkUpstreams(upstream: Upstream): Promise<CheckResult[]> {
  if (upstream.kind === 'api') {
    const isOnly = upstream.upstreams.length === 1;
    return Promise.all(upstream.upstreams.map((each) => checkOne(each, isOnly ? 'Upstream' : `Upstream ${each.name}`)));
  }
  const result = toProblem('Upstream', 'warning', {
    detail: 'no key is set, so the offline demo model answers',
    remedy: 'Set ANTHROPIC_API_KEY to talk to Claude.',
  });
  return Promise.resolve([result]);
}

async function checkOne({ cloud, key, ...of }: ConfiguredUpstream, name: string): Promise<CheckResult> {
  const baseUrl = cloud === undefined ? (of.baseUrl ?? '') : toServiceUrl(cloud);
  try {
    await fetch(baseUrl, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    return toProblem(name, 'failed', {
      detail: `${baseUrl} cannot be reached (${toReason(error)})`,
      remedy: 'Check the network, the proxy, and the address in ANTHROPIC_BASE_URL or CLAUDE_SDK_PATTERN_UPSTREAMS.',
    });
  }
  if (key.from === 'secret') return toOk(name, `${baseUrl} answers, its key is the secret ${key.name}`);
  if (key.value === undefined && cloud !== undefined) {
    return toOk(name, `${baseUrl} answers, the server’s own credentials of the cloud are used`);
  }
  if (key.value === undefined) {
    return toProblem(name, 'warning', {
      detail: `${baseUrl} answers, but no key is set`,
      remedy: 'Set ANTHROPIC_API_KEY unless this upstream needs none.',
    });
  }
  return toOk(name, `${baseUrl} answers, a key is set`);
}

function toReason(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason';
  if (error.name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1000} s`;
  const { cause } = error;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message;
  return error.message;
}
