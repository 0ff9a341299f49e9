import {
  createCircuitBreaker,
  type CircuitBreaker,
  type CircuitBreakerSettings,
  type CircuitBreakerState,
  type CircuitTransition,
} from './circuit-breaker.ts';
import { createRetryBudget, type RetryBudget, type RetryBudgetSettings } from './retry-budget.ts';
import { createUpstream, type GatewayUpstream, type Upstream } from './upstream.ts';

/** An upstream with its breaker. */
export interface GuardedUpstream extends Pick<Upstream, 'send'> {
  readonly name: string;
  readonly breaker: CircuitBreaker;
  readonly retries: RetryBudget;
}

export interface UpstreamTransition extends CircuitTransition {
  upstream: string;
}

/** How an upstream is now. */
export interface UpstreamStatus {
  name: string;
  state: CircuitBreakerState;
  /** Until a call may try whether it works again, 0 when the next one does; null while closed or half-open. */
  probeInMs: number | null;
}

/** No upstream takes calls. */
export interface Outage {
  /** Until a call may go; undefined while a call finds out whether the upstream works again. */
  retryInMs: number | undefined;
}

/** The upstreams of the gateway. */
export interface Upstreams {
  list(): UpstreamStatus[];
  /**
   * The one that takes a call now; undefined in an outage. A call that it takes is made with `breaker.run` at once, before
   * anything is awaited. Without `mayProbe`, none whose circuit is open.
   */
  find(options?: { mayProbe?: boolean }): GuardedUpstream | undefined;
  findOutage(): Outage | undefined;
  /** Lets the next call of each upstream find out whether it works again. */
  probeNow(): void;
  onTransition(listener: (transition: UpstreamTransition) => void): () => void;
  close(): Promise<void>;
}

export interface UpstreamsOptions {
  upstreams: readonly GatewayUpstream[];
  breaker: CircuitBreakerSettings;
  retries: RetryBudgetSettings;
  stallMs: number;
  uptimeMs(): number;
}

export function createUpstreams(options: UpstreamsOptions): Upstreams {
  const { upstreams, stallMs, uptimeMs } = options;
  const all = upstreams.map((upstream) => {
    const { send, close } = createUpstream(upstream, { stallMs });
    const breaker = createCircuitBreaker(options.breaker, uptimeMs);
    const retries = createRetryBudget(options.retries, uptimeMs);
    return { name: upstream.name, send, close, breaker, retries };
  });
  const find: Upstreams['find'] = ({ mayProbe = true } = {}) =>
    all.find(({ breaker }) => (mayProbe ? breaker.mayCall : breaker.state === 'closed'));
  return {
    list: () => all.map(({ name, breaker }) => ({ name, state: breaker.state, probeInMs: breaker.probeInMs ?? null })),
    find,
    findOutage() {
      if (find() !== undefined) return undefined;
      const waits = all.flatMap(({ breaker }) => breaker.probeInMs ?? []);
      return { retryInMs: waits.length === 0 ? undefined : Math.min(...waits) };
    },
    probeNow() {
      for (const { breaker } of all) breaker.probeNow();
    },
    onTransition(listener) {
      const offs = all.map(({ name, breaker }) =>
        breaker.onTransition((transition) => listener({ upstream: name, ...transition })),
      );
      return () => {
        for (const off of offs) off();
      };
    },
    async close() {
      await Promise.all(all.map((each) => each.close()));
    },
  };
}
