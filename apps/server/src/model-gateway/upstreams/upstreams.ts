import {
  createCircuitBreaker,
  type CircuitBreaker,
  type CircuitBreakerSettings,
  type CircuitBreakerState,
  type CircuitTransition,
} from './circuit-breaker.ts';
import type { CloudService } from './cloud/cloud-service.ts';
import { createCloudUpstream } from './cloud/cloud-upstream.ts';
import { createRetryBudget, type RetryBudget, type RetryBudgetSettings } from './retry-budget.ts';
import { createModelTest } from './served-models.ts';
import type { FindKey } from './upstream-keys.ts';
import { createUpstream, type Upstream } from './upstream.ts';

/** A Messages API that takes calls. */
export interface GatewayUpstream {
  /** For operators: in metrics, logs and usage. */
  name: string;
  /** For people too. */
  baseUrl: string;
  /** Claude in a cloud; absent for the Messages API at the URL. */
  cloud?: CloudService | undefined;
  /** Names of the models that it serves, with `*` for any characters; null for all. */
  models: readonly string[] | null;
  findKey: FindKey;
}

/** An upstream with its breaker. */
export interface GuardedUpstream extends Pick<Upstream, 'send'>, Pick<GatewayUpstream, 'name' | 'findKey'> {
  readonly breaker: CircuitBreaker;
  readonly retries: RetryBudget;
}

export interface UpstreamTransition extends CircuitTransition {
  upstream: string;
}

/** How an upstream is now. */
export interface UpstreamStatus extends Pick<GatewayUpstream, 'name' | 'baseUrl' | 'models'> {
  state: CircuitBreakerState;
  /** Until a call may try whether it works again, 0 when the next one does; null while closed or half-open. */
  probeInMs: number | null;
  /** For how long it is in this state, or runs. */
  stateForMs: number;
  /** Within the window of its breaker, as many as open it at most. */
  failures: number;
}

/** No upstream takes calls. */
export interface Outage {
  /** Until a call may go; undefined while a call finds out whether the upstream works again. */
  retryInMs: number | undefined;
}

export interface FindOptions {
  /** Of the call; where it has none, every upstream fits. */
  model?: string | undefined;
  /** Whether an upstream that is open may be tried by this call, when its time has come. */
  mayProbe?: boolean;
  /** Upstreams that cannot take this call. */
  except?: { has(upstream: GuardedUpstream): boolean };
}

/** The upstreams of the gateway, in the order in which they are tried. */
export interface Upstreams {
  list(): UpstreamStatus[];
  /** Whether which upstream gets a call depends on its model. */
  readonly isByModel: boolean;
  /** Whether some upstream serves the model, in an outage too. */
  serves(model: string): boolean;
  /**
   * The first that takes a call now; undefined in an outage. A call that it takes is made with `breaker.run` at once, before
   * anything is awaited.
   */
  find(options?: FindOptions): GuardedUpstream | undefined;
  /** Of the upstreams that serve the model; of all, where none does. */
  findOutage(options?: Pick<FindOptions, 'model' | 'except'>): Outage | undefined;
  /** Lets the next call of each upstream find out whether it works again. */
  probeNow(): void;
  onTransition(listener: (transition: UpstreamTransition) => void): () => void;
  close(): Promise<void>;
}

export interface UpstreamsOptions {
  upstreams: readonly GatewayUpstream[];
  breaker: CircuitBreakerSettings;
  retries: RetryBudgetSettings;
  /** The longest time between two pieces of an answer. */
  stallMs: number;
  uptimeMs(): number;
}

export function createUpstreams(options: UpstreamsOptions): Upstreams {
  const { upstreams, stallMs, uptimeMs } = options;
  const all = upstreams.map(({ name, baseUrl, cloud, models, findKey }) => ({
    ...{ name, baseUrl, models, findKey },
    ...(cloud === undefined ? createUpstream(baseUrl, { stallMs }) : createCloudUpstream(cloud, { stallMs })),
    serves: createModelTest(models),
    breaker: createCircuitBreaker(options.breaker, uptimeMs),
    retries: createRetryBudget(options.retries, uptimeMs),
  }));
  const fitting = (model: string | undefined) =>
    model === undefined ? all : all.filter(({ serves }) => serves(model));
  const find: Upstreams['find'] = ({ model, mayProbe = true, except } = {}) =>
    fitting(model).find(
      (each) => except?.has(each) !== true && (mayProbe ? each.breaker.mayCall : each.breaker.state === 'closed'),
    );
  return {
    list: () =>
      all.map(({ name, baseUrl, models, breaker }) => ({
        ...{ name, baseUrl, models, state: breaker.state },
        probeInMs: breaker.probeInMs ?? null,
        ...{ stateForMs: breaker.stateForMs, failures: breaker.failures },
      })),
    isByModel: all.some(({ models }) => models !== null),
    serves: (model) => fitting(model).length > 0,
    find,
    findOutage({ model, except } = {}) {
      const named = fitting(model);
      const asked = (named.length > 0 ? named : all).filter((each) => except?.has(each) !== true);
      if (asked.length === 0 || asked.some(({ breaker }) => breaker.mayCall)) return undefined;
      const waits = asked.flatMap(({ breaker }) => breaker.probeInMs ?? []);
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
