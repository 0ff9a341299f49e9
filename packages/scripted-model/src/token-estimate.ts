import type { MessageRequest } from './message-request.ts';
import type { UsageFields } from './reply.ts';

const charactersPerToken = 4;

/** Tokens of a text, at four characters each; at least 1 for a text that is not empty. */
export function toTokens(text: string): number {
  return Math.ceil(text.length / charactersPerToken);
}

/** Tokens of what a request sends to the model. */
export function toRequestTokens(request: MessageRequest): number {
  return Math.max(1, toTokens(JSON.stringify([request.system ?? '', request.tools ?? [], request.messages])));
}

/**
 * Input usage as a prompt cache would give it: what an earlier request already held is read from
 * the cache, the rest is written to it.
 */
export function toInputUsage(request: MessageRequest): Required<Omit<UsageFields, 'output_tokens'>> {
  const total = toRequestTokens(request);
  if (!JSON.stringify([request.system, request.messages]).includes('"cache_control"')) {
    return { input_tokens: total, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
  }
  const lastAnswer = request.messages.findLastIndex((message) => message.role === 'assistant');
  const known = lastAnswer < 0 ? 0 : toRequestTokens({ ...request, messages: request.messages.slice(0, lastAnswer) });
  const input = Math.min(4, total - known);
  return { input_tokens: input, cache_creation_input_tokens: total - known - input, cache_read_input_tokens: known };
}
