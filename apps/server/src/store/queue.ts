import type { UserMessageEvent } from '@claude-sdk-pattern/protocol';
import type { Selectable } from 'kysely';

import { fromJson, toJson } from './json-column.ts';
import { prepare } from './prepared.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { QueueTable } from './schema.ts';

/** A user message waits, is handed to the agent process, and is done with its turn; waiting ones can be withdrawn. */
export type QueueState = 'waiting' | 'delivered' | 'done' | 'withdrawn';

export interface QueuedMessage {
  /** The id of its `user.message` event. */
  eventId: string;
  sessionId: string;
  /** The `seq` of its event, which is its place in the queue. */
  seq: number;
  state: QueueState;
  content: UserMessageEvent['content'];
  /** The uuid that the agent process gets. The agent's transcript has it once the message was received. */
  agentMessageUuid: string;
  createdAt: string;
  /** When the state last changed. */
  updatedAt: string;
}

export interface NewQueuedMessage extends Omit<QueuedMessage, 'state' | 'createdAt' | 'updatedAt'> {
  /** `waiting` where it is left out. */
  state?: 'waiting' | 'delivered';
}

export interface QueueRepository {
  /** Throws `conflict` when the event is queued already, `not_found` without a session. */
  enqueue(message: NewQueuedMessage): Promise<void>;
  find(eventId: string): Promise<QueuedMessage | undefined>;
  /** The oldest waiting message of the session. */
  nextWaiting(sessionId: string): Promise<QueuedMessage | undefined>;
  /** Moves a message from one state to another; false when it is no longer in `from`, so a race is decided once. */
  mark(eventId: string, change: { from: QueueState; to: QueueState }): Promise<boolean>;
  /** For messages that the agent gets as one: all of them have this uuid in the transcript. */
  setAgentMessageUuid(eventIds: readonly string[], agentMessageUuid: string): Promise<void>;
  countWaiting(sessionId: string): Promise<number>;
  /** Waiting and delivered messages of the session, oldest first. */
  listOpen(sessionId: string): Promise<QueuedMessage[]>;
  /** Which sessions have waiting or delivered messages. Reads no messages: each may be a megabyte. */
  listOpenSessions(): Promise<string[]>;
}

const OPEN: readonly QueueState[] = ['waiting', 'delivered'];

const insertMessage = prepare<QueueTable, unknown>((db, value) =>
  db.insertInto('turn_queue').values({
    event_id: value('event_id'),
    session_id: value('session_id'),
    seq: value('seq'),
    state: value('state'),
    content: value('content'),
    agent_message_uuid: value('agent_message_uuid'),
    created_at: value('created_at'),
    updated_at: value('updated_at'),
  }),
);

const markMessage = prepare<{ id: string; from: QueueState; to: QueueState; at: string }, unknown>((db, value) =>
  db
    .updateTable('turn_queue')
    .set({ state: value('to'), updated_at: value('at') })
    .where('event_id', '=', value('id'))
    .where('state', '=', value('from')),
);

export function createQueueRepository(context: RepositoryContext): QueueRepository {
  const { db, now } = context;
  const messages = () => db.selectFrom('turn_queue').selectAll();
  const openMessages = () => messages().where('state', 'in', OPEN);

  return {
    async enqueue(message) {
      const at = now();
      await insertMessage(context, {
        event_id: message.eventId,
        session_id: message.sessionId,
        seq: message.seq,
        state: message.state ?? 'waiting',
        content: toJson(message.content),
        agent_message_uuid: message.agentMessageUuid,
        created_at: at,
        updated_at: at,
      });
    },

    async find(eventId) {
      const row = await messages().where('event_id', '=', eventId).executeTakeFirst();
      return row && toQueuedMessage(row);
    },

    async nextWaiting(sessionId) {
      const waiting = messages().where('session_id', '=', sessionId).where('state', '=', 'waiting');
      const row = await waiting.orderBy('seq').limit(1).executeTakeFirst();
      return row && toQueuedMessage(row);
    },

    async countWaiting(sessionId) {
      const waiting = db.selectFrom('turn_queue').where('session_id', '=', sessionId).where('state', '=', 'waiting');
      const { count } = await waiting.select(({ fn }) => fn.countAll().as('count')).executeTakeFirstOrThrow();
      return Number(count);
    },

    async mark(eventId, { from, to }) {
      const { numAffectedRows } = await markMessage(context, { id: eventId, from, to, at: now() });
      return (numAffectedRows ?? 0n) > 0n;
    },

    async setAgentMessageUuid(eventIds, agentMessageUuid) {
      if (eventIds.length === 0) return;
      const change = db.updateTable('turn_queue').set({ agent_message_uuid: agentMessageUuid });
      await change.where('event_id', 'in', eventIds).execute();
    },

    async listOpen(sessionId) {
      return (await openMessages().where('session_id', '=', sessionId).orderBy('seq').execute()).map(toQueuedMessage);
    },

    async listOpenSessions() {
      const open = db.selectFrom('turn_queue').select('session_id').where('state', 'in', OPEN);
      return (await open.distinct().orderBy('session_id').execute()).map((row) => row.session_id);
    },
  };
}

function toQueuedMessage(row: Selectable<QueueTable>): QueuedMessage {
  return {
    eventId: row.event_id,
    sessionId: row.session_id,
    seq: row.seq,
    state: row.state as QueueState,
    content: fromJson<QueuedMessage['content']>(row.content),
    agentMessageUuid: row.agent_message_uuid,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
