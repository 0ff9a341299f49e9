import type { Attachment, Client } from '@claude-sdk-pattern/client';
import type { ListedEvent } from '@claude-sdk-pattern/protocol';

/** A session's newest events, what is said from now on, and a way back through the rest. */
export interface OpenSession {
  /** Oldest first, without gap; grows at both ends. */
  events: ListedEvent[];
  attachment: Attachment;
  /** Puts up to 100 older events in front; resolves false where there are none. */
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
