import type { Attributes } from '@opentelemetry/api';

export const OF_CLAUDE: Attributes = { 'gen_ai.provider.name': 'anthropic' };

/** The conventions count all tokens of the input, those of the cache included; Claude counts them apart. */
export function toTokens(used: { input: number; output: number; cacheRead: number; cacheWrite: number }): Attributes {
  return {
    'gen_ai.usage.input_tokens': used.input + used.cacheRead + used.cacheWrite,
    'gen_ai.usage.output_tokens': used.output,
    'gen_ai.usage.cache_read.input_tokens': used.cacheRead,
    'gen_ai.usage.cache_creation.input_tokens': used.cacheWrite,
  };
}
