import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const FIRST_BYTE_BUCKETS_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120];
const REQUEST_BUCKETS_SECONDS = [0.25, 1, 2, 5, 10, 20, 40, 60, 120, 300, 600];

export type ModelMetrics = ReturnType<typeof createModelMetrics>;

/** What the model gateway does, and what that costs. */
export function createModelMetrics(registers: Registry[]) {
  return {
    modelRequests: new Counter({
      name: 'csp_model_requests_total',
      help: 'Model calls that passed the model gateway, by upstream and HTTP status; none where the upstream gave no answer',
      labelNames: ['upstream', 'status'],
      registers,
    }),
    budgetSpentRatio: new Gauge({
      name: 'csp_budget_spent_ratio',
      help: 'Share of its limit that is spent of the budget that has spent most in its period, by scope: platform, user, agent',
      labelNames: ['scope'],
      registers,
    }),
    circuitBreakerState: new Gauge({
      name: 'csp_circuit_breaker_state',
      help: 'Circuit breaker of an upstream of the model gateway: 0 closed (it takes calls), 1 half-open (one call tries it), 2 open (it gets no call)',
      labelNames: ['upstream'],
      registers,
    }),
    circuitBreakerTransitions: new Counter({
      name: 'csp_circuit_breaker_transitions_total',
      help: 'Changes of the circuit breaker of an upstream, by the state that it changed to: closed, half_open, open',
      labelNames: ['upstream', 'to'],
      registers,
    }),
    modelFirstByte: new Histogram({
      name: 'csp_model_first_byte_seconds',
      help: 'Time of an upstream from a model call until the first bytes of an answer that is no error',
      labelNames: ['upstream'],
      buckets: FIRST_BYTE_BUCKETS_SECONDS,
      registers,
    }),
    modelRequestDuration: new Histogram({
      name: 'csp_model_request_duration_seconds',
      help: 'Time of model calls until their last byte, errors included',
      labelNames: ['upstream'],
      buckets: REQUEST_BUCKETS_SECONDS,
      registers,
    }),
    modelRetries: new Counter({
      name: 'csp_model_retries_total',
      help: 'Model calls that were made again, by the upstream that had failed',
      labelNames: ['upstream'],
      registers,
    }),
    modelTokens: new Counter({
      name: 'csp_model_tokens_total',
      help: 'Tokens by model of the price table, else other, and kind: input, output, cache_read, cache_write',
      labelNames: ['model', 'kind'],
      registers,
    }),
    modelCost: new Counter({
      name: 'csp_model_cost_usd_total',
      help: 'Cost of model calls in US dollars, by model of the price table, else other',
      labelNames: ['model'],
      registers,
    }),
    modelUnpriced: new Counter({
      name: 'csp_model_unpriced_requests_total',
      help: 'Model calls without a known price, which the cost leaves out',
      registers,
    }),
  };
}
