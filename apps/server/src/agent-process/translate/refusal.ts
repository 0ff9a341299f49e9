import type { SDKAssistantMessage } from '@anthropic-ai/claude-agent-sdk';
import type { SessionEvent } from '@claude-sdk-pattern/protocol';

/** Why the model refuses, in the words of the Managed Agents API. */
export type Refusal = NonNullable<Extract<SessionEvent, { type: 'session.status_idle' }>['stop_details']>;

/**
 * What an answer says that the CLI made up for a refused request. By then it has tried once more, and with another model
 * where the API names a category (2.1.332). Undefined for every other failure.
 */
export function findRefusal({ message }: SDKAssistantMessage): Refusal | undefined {
  if (message.stop_reason !== 'refusal') return undefined;
  const { category, explanation } = message.stop_details ?? {};
  // The API adds categories over time.
  return { type: 'refusal', category: category ?? null, explanation: explanation ?? null };
}
