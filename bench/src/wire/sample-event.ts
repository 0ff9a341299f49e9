import { createId, type SessionEvent } from '@claude-sdk-pattern/protocol';

/** An agent's message with about `textBytes` bytes of text, like most events of a session. */
export function createSampleEvent(textBytes: number): SessionEvent {
  return {
    id: createId('sevt', Date.now()),
    processed_at: new Date().toISOString(),
    type: 'agent.message',
    content: [{ type: 'text', text: 'x'.repeat(textBytes) }],
  };
}
