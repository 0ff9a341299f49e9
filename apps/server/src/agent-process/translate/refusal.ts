import type { SDKAssistantMessage } from '@anthropic-ai/claude-agent-sdk';
import type { SessionEvent } from '@claude-sdk-pattern/protocol';

/** Why the model refuses, in the words of the Managed Agents API. */
export type Refusal = NonNullable<Extract<SessionEvent, { type: 'session.status_idle' }>['stop_details']>;

/**
 * The refusal in an answer that the CLI made for a refused request; undefined for every other failure. By then the
 * CLI has tried once more, and with another model when the API names a category (2.1.332).
 */
export function findRefusal({ message }: SDKAssistantMessage): Refusal | undefined {
  if (message.stop_reason !== 'refusal') return undefined;
  const { category, explanation } = message.stop_details ?? {};
  // The API adds categories over time.
  return { type: 'refusal', category: category ?? null, explanation: explanation ?? null };
}
