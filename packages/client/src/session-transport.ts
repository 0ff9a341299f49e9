import type { ReplyResults, UserEventParams } from '@claude-sdk-pattern/protocol';

import type { SendMessageOptions } from './calls.ts';
import type { Client } from './client.ts';
import type { EventsPage } from './list-events.ts';
import type { AttachOptions } from './follower.ts';

/** Reads, follows and sends the events of one session, over any transport. Rejects with a ClientError. */
export interface SessionTransport {
  /** Reads up to `limit` events before a `seq`, or the newest ones where there is none, oldest first. */
  readBefore: (before: number | undefined, limit: number) => Promise<EventsPage>;
  /** Follows the session until closed. A second call replaces the first. */
  follow: (options: AttachOptions) => void;
  /** Resolves once the events are stored. */
  send: (events: UserEventParams[], options?: SendMessageOptions) => Promise<ReplyResults['session.send']>;
  /** Stops following; a send in progress still completes. May be called again, and `follow` may be called after it. */
  close: () => void;
}

/** The transport of one session over a client. It does not close the client. */
export function createSessionTransport(
  client: Pick<Client, 'attach' | 'send' | 'listEvents'>,
  sessionId: string,
): SessionTransport {
  let detach: () => void = () => {};

  function close(): void {
    detach();
    detach = () => {};
  }

  return {
    readBefore: (before, limit) => client.listEvents(sessionId, { limit, ...(before !== undefined && { before }) }),
    follow(options) {
      close();
      detach = client.attach(sessionId, options).detach;
    },
    send: (events, options) => client.send(sessionId, events, options),
    close,
  };
}
