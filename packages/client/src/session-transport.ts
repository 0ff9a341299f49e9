import type { ReplyResults, UserEventParams } from '@claude-sdk-pattern/protocol';

import type { Client, SendOptions } from './client.ts';
import type { EventsPage } from './list-events.ts';
import type { AttachOptions } from './follower.ts';

/** The events of one session, in and out, whichever way they travel. Rejects with a ClientError. */
export interface SessionTransport {
  /** Reads up to `limit` events before a `seq`, or the newest ones where there is none, oldest first. */
  readBefore: (before: number | undefined, limit: number) => Promise<EventsPage>;
  /** Follows the session until closed. Followed anew, it no longer serves whoever followed before. */
  follow: (options: AttachOptions) => void;
  /** Resolves once the events are stored. */
  send: (events: UserEventParams[], options?: SendOptions) => Promise<ReplyResults['session.send']>;
  /** Stops following; what is being sent still arrives. May be called again, and be followed by `follow`. */
  close: () => void;
}

/** One session over a client, which stays with whoever made it. */
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
