import type { UsageGroupResource } from '@claude-sdk-pattern/protocol';

export type Figures = Omit<UsageGroupResource, 'group' | 'name'>;
export type Measure = 'cost' | 'tokens';

const KINDS = ['input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_write_tokens'] as const;
export type TokenKind = (typeof KINDS)[number];
const MICROS = 1_000_000;

const NOTHING: Figures = {
  ...{ requests: 0, unpriced_requests: 0, cost_usd: '0' },
  ...{ input_tokens: 0, output_tokens: 0, cache_read_tokens: 0, cache_write_tokens: 0 },
};

/** In micro-dollars, which are whole. */
export function toMicros({ cost_usd }: Pick<Figures, 'cost_usd'>): number {
  return Math.round(Number(cost_usd) * MICROS);
}

export function countTokens(figures: Pick<Figures, TokenKind>): number {
  return KINDS.reduce((sum, kind) => sum + figures[kind], 0);
}

/** Micro-dollars or tokens. */
export function measure(figures: Figures, by: Measure): number {
  return by === 'cost' ? toMicros(figures) : countTokens(figures);
}

export function sumFigures(all: readonly Figures[]): Figures {
  return all.reduce(
    (sum, each) => ({
      requests: sum.requests + each.requests,
      unpriced_requests: sum.unpriced_requests + each.unpriced_requests,
      input_tokens: sum.input_tokens + each.input_tokens,
      output_tokens: sum.output_tokens + each.output_tokens,
      cache_read_tokens: sum.cache_read_tokens + each.cache_read_tokens,
      cache_write_tokens: sum.cache_write_tokens + each.cache_write_tokens,
      cost_usd: ((toMicros(sum) + toMicros(each)) / MICROS).toFixed(6),
    }),
    NOTHING,
  );
}

/** Of all that the model has read: 0 to 1; null when it has read nothing. */
export function toCacheShare(figures: Figures): number | null {
  const read = countTokens({ ...figures, output_tokens: 0 });
  return read === 0 ? null : figures.cache_read_tokens / read;
}
