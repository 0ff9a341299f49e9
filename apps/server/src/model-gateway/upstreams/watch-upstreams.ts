import type { AuditRecorder } from '../../audit/audit-log.ts';
import { SYSTEM } from '../../audit/fact.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { Mail, Mailer } from '../../mail/mailer.ts';
import type { CircuitBreakerState } from './circuit-breaker.ts';
import type { Upstreams, UpstreamTransition } from './upstreams.ts';

const VALUES = { closed: 0, half_open: 1, open: 2 } as const satisfies Record<CircuitBreakerState, number>;

/** Statuses that alerts look for; `none` is a call without an answer. */
const TROUBLE = ['401', '403', '429', '500', '529', 'none'];

export interface UpstreamWatchers {
  audit: Pick<AuditRecorder, 'record'>;
  metrics: Pick<Metrics, 'circuitBreakerState' | 'circuitBreakerTransitions' | 'modelRequests' | 'modelRetries'>;
  logger: Logger;
  mailer: Pick<Mailer, 'send'>;
}

/**
 * Tells operators how the upstreams are: in metrics and the log, and in the audit log when one is given up and when it works
 * again. What lies between, probes that fail, is in metrics and log only.
 */
export function watchUpstreams(upstreams: Upstreams, { audit, metrics, logger, mailer }: UpstreamWatchers): void {
  for (const { name: upstream, state } of upstreams.list()) {
    metrics.circuitBreakerState.set({ upstream }, VALUES[state]);
    // Of a series that begins with 1 Prometheus sees no increase, and the first refused key would raise no alert.
    for (const status of TROUBLE) metrics.modelRequests.inc({ upstream, status }, 0);
    for (const to of Object.keys(VALUES)) metrics.circuitBreakerTransitions.inc({ upstream, to }, 0);
    metrics.modelRetries.inc({ upstream }, 0);
  }
  upstreams.onTransition((transition) => {
    const { upstream, from, to } = transition;
    metrics.circuitBreakerState.set({ upstream }, VALUES[to]);
    metrics.circuitBreakerTransitions.inc({ upstream, to });
    logger[to === 'open' ? 'warn' : 'info']({ upstream, from, to }, SENTENCES[to]);
    const action = toAction(transition);
    if (action === undefined) return;
    if (action === 'upstream.open') mailer.send(toMail(upstream));
    audit
      .record({ actor: SYSTEM, action, target: { type: 'upstream', id: upstream } })
      .catch((error: unknown) => logger.error({ err: error, upstream }, 'the audit log has no entry of a breaker'));
  });
}

const SENTENCES = {
  closed: 'the upstream answers again',
  half_open: 'a call tries whether the upstream works again',
  open: 'the upstream is given up for a while',
} as const satisfies Record<CircuitBreakerState, string>;

function toMail(upstream: string): Mail {
  return {
    subject: `The model upstream ${upstream} is given up`,
    text: 'It fails, so it gets no calls for a while; then a call tries whether it works again. Runbook: docs/operate/runbooks.',
    key: `upstream.open ${upstream}`,
  };
}

function toAction({ from, to }: UpstreamTransition) {
  if (to === 'closed') return 'upstream.close';
  return from === 'closed' ? 'upstream.open' : undefined;
}
