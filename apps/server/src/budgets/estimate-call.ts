import { z } from 'zod';

import { scanJsonObject } from '../lib/scan-json-object.ts';
import { NO_CALL_USAGE, type PriceCall } from '../usage/call-usage.ts';

/** What of a request to the model says what it may cost. */
export interface AskedModel {
  model: string;
  speed: string | undefined;
  maxTokens: number | undefined;
  /** Of the whole request. */
  bytes: number;
  cachesForAnHour: boolean;
}

const body = z.object({
  model: z.string(),
  speed: z.string().nullish(),
  max_tokens: z.number().nullish(),
});

const NAMES = ['model', 'speed', 'max_tokens'] as const;

/** Undefined where the request is none that a model API takes. */
export function readAskedModel(request: Buffer): AskedModel | undefined {
  const parsed = body.safeParse(scanJsonObject(request, NAMES));
  if (!parsed.success) return undefined;
  const { model, speed, max_tokens: maxTokens } = parsed.data;
  const cachesForAnHour = request.includes('"ttl":"1h"');
  return {
    model,
    speed: speed ?? undefined,
    maxTokens: maxTokens ?? undefined,
    bytes: request.length,
    cachesForAnHour,
  };
}

/** Says what calls may cost, by what the last ones have put out. */
export interface CallEstimator {
  /** Whole micro-dollars, at least 1; undefined where the model has no price. */
  estimate(asked: AskedModel): number | undefined;
  /** A call of the model has put out so many tokens. */
  note(model: string, outputTokens: number): void;
}

/** Fewer than most text and code has, so that there are rather fewer tokens than estimated. */
const BYTES_PER_TOKEN = 3.5;
const FIRST_OUTPUT_TOKENS = 1000;
/** Of a long answer, in what is expected of the next one. */
const REMEMBERED = 0.9;
const MAX_MODELS = 100;

export function createCallEstimator(priceCall: PriceCall): CallEstimator {
  const expected = new Map<string, number>();
  return {
    estimate({ model, speed, maxTokens, bytes, cachesForAnHour }) {
      const cacheWriteTokens = Math.ceil(bytes / BYTES_PER_TOKEN);
      const outputTokens = Math.min(expected.get(model) ?? FIRST_OUTPUT_TOKENS, maxTokens ?? Infinity);
      const cacheWrite1hTokens = cachesForAnHour ? cacheWriteTokens : 0;
      const usage = { ...NO_CALL_USAGE, model, speed, cacheWriteTokens, cacheWrite1hTokens, outputTokens };
      const { microUsd } = priceCall(usage);
      return microUsd === null ? undefined : Math.max(1, microUsd);
    },
    note(model, outputTokens) {
      const before = expected.get(model) ?? FIRST_OUTPUT_TOKENS;
      // The newest stand last.
      expected.delete(model);
      expected.set(model, Math.max(outputTokens, Math.round(before * REMEMBERED)));
      const [oldest] = expected.keys();
      if (expected.size > MAX_MODELS && oldest !== undefined) expected.delete(oldest);
    },
  };
}
