import type { Attachment, Client } from '@claude-sdk-pattern/client';
import type { ListedEvent } from '@claude-sdk-pattern/protocol';

/** A session's newest events, its live events, and a way to load earlier ones. */
export interface OpenSession {
  /** Oldest first, without gaps. It grows at both ends. */
  events: ListedEvent[];
  attachment: Attachment;
  /** Adds up to 100 older events at the front; resolves with false when there are none. */
  loadOlder: () => Promise<boolean>;
}

/** Opens a session at its end, however long its history is. */
export function openAtEnd(client: Client, sessionId: string): OpenSession {
  const events: ListedEvent[] = [];
  const attachment = client.attach(sessionId, {
    tail: 50,
    onEvent: (event, seq) => events.push({ ...event, seq }),
    onReset: () => events.splice(0),
  });

  async function loadOlder(): Promise<boolean> {
    const before = events[0]?.seq ?? attachment.firstSeq ?? 1;
    const page = await client.listEvents(sessionId, { before, limit: 100 });
    events.unshift(...page.events);
    return page.events.length > 0;
  }

  return { events, attachment, loadOlder };
}
