import { createId, type SessionEvent } from '@claude-sdk-pattern/protocol';

/** An agent's message of about `textBytes` bytes of text, as most events of a session are. */
export function createSampleEvent(textBytes: number): SessionEvent {
  return {
    id: createId('sevt', Date.now()),
    processed_at: new Date().toISOString(),
    type: 'agent.message',
    content: [{ type: 'text', text: 'x'.repeat(textBytes) }],
  };
}
