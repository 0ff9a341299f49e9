import { expect, it } from 'vitest';

import { createMetrics } from '../telemetry/metrics.ts';
import { NO_CALL_USAGE } from './call-usage.ts';
import { createCallMeasure } from './measure-calls.ts';
import { createModelNamer } from './price-call.ts';
import { LIST_PRICES } from './price-table.ts';

const CALL = {
  ...{ id: 'req_1', upstream: 'west', cause: 'agent' as const, statusCode: 200, durationMs: 1500 },
  holder: { sessionId: 'sesn_1', ownerId: 'user_1' },
};

it('adds up tokens and cost by the names of the price table, and what has no price by count', async () => {
  const metrics = createMetrics();
  const measure = createCallMeasure(metrics, createModelNamer(LIST_PRICES));
  const usage = {
    ...NO_CALL_USAGE,
    model: 'us.anthropic.claude-opus-5-5-20261101-v1:0',
    inputTokens: 7,
    outputTokens: 3,
  };
  measure({ ...CALL, usage, cost: { microUsd: 250_000, priceVersion: '1' } });
  measure({ ...CALL, usage: { ...usage, model: 'sesn_1' }, cost: { microUsd: null, priceVersion: '1' } });
  const text = await metrics.render();
  expect(text).toContain('csp_model_tokens_total{model="claude-opus-5-5",kind="input"} 7');
  expect(text).toContain('csp_model_tokens_total{model="other",kind="output"} 3');
  expect(text).toContain('csp_model_cost_usd_total{model="claude-opus-5-5"} 0.25');
  expect(text).toContain('csp_model_unpriced_requests_total 1');
  expect(text).toContain('csp_model_request_duration_seconds_sum{upstream="west"} 3');
  expect(text).not.toContain('sesn_1');
});
