import type { Branching } from '@claude-sdk-pattern/protocol';

import { readBranchings } from './branches.ts';
import type { EventPage, EventPageOptions, EventRepository, EventText, StoredEvent } from '../store/events.ts';

/** The stored events of one session. Its holder may read them: `SessionService.read` makes it for an actor. */
export interface SessionEvents {
  find(eventId: string): Promise<StoredEvent | undefined>;
  listPage(options: EventPageOptions): ReturnType<EventRepository['listPage']>;
  /** `listThreadEvents` of the repository: events about the start, run and end of subagents. */
  listThreadEvents(options: { after: number; limit: number }): Promise<StoredEvent[]>;
  /** Where the conversation went on from another place, in the order of `seq`. */
  listBranchings(): Promise<readonly Branching[]>;
  /** The first events with `seq > after`, without decoding what is read. */
  readTextAfter(after: number, bounds: Pick<EventPageOptions, 'limit' | 'maxBytes'>): Promise<EventPage<EventText>>;
}

export function toSessionEvents(events: EventRepository, sessionId: string): SessionEvents {
  return {
    find: (eventId) => events.find(sessionId, eventId),
    listPage: (options) => events.listPage(sessionId, options),
    listThreadEvents: (options) => events.listThreadEvents(sessionId, options),
    listBranchings: () => readBranchings(events, sessionId),
    readTextAfter: (after, bounds) => events.readTextAfter(sessionId, after, bounds),
  };
}
