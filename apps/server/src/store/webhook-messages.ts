import type { Selectable } from 'kysely';

import { fromJson, toJson } from './json-column.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { WebhookMessageTable } from './schema.ts';

/** A message for the webhook, until the receiver has confirmed it. Times are ISO 8601 in UTC. */
export interface WebhookMessage {
  id: string;
  type: string;
  data: Record<string, unknown>;
  createdAt: string;
  /** From then on nobody wants it. */
  expiresAt: string;
  /** How often it was sent without success. */
  attempts: number;
}

export interface WebhookMessageRepository {
  /** To be sent from `createdAt` on. Throws `conflict` when the id exists. */
  put(message: Omit<WebhookMessage, 'attempts'>): Promise<void>;
  /**
   * Takes messages that are due at `now`, the longest due first. Until `busyUntil` no other server takes them; from then
   * on they are due again, as after a server that died while it sent.
   */
  take(options: { now: string; busyUntil: string; limit: number }): Promise<WebhookMessage[]>;
  /** It is confirmed, or given up. */
  remove(id: string): Promise<void>;
  /** It was not confirmed; due again at `dueAt`. */
  putBack(id: string, options: { attempts: number; dueAt: string }): Promise<void>;
  /** When the next one is due; undefined without messages. */
  findNextDue(): Promise<string | undefined>;
  count(): Promise<number>;
  /** Forgets so many of those that were made before this time, the oldest first. Resolves with how many. */
  purgeBefore(time: string, limit: number): Promise<number>;
  /** Those that were sent at least three times without success, and when the oldest was made. */
  countFailing(): Promise<{ count: number; oldestAt: string | null }>;
}

/** Fewer attempts without success may be a receiver that restarts. */
const FAILS_FROM = 3;

export function createWebhookMessageRepository({ db, atomically }: RepositoryContext): WebhookMessageRepository {
  return {
    async put({ id, type, data, createdAt, expiresAt }) {
      const row = { id, type, data: toJson(data), created_at: createdAt, expires_at: expiresAt };
      await db
        .insertInto('webhook_messages')
        .values({ ...row, attempts: 0, due_at: createdAt })
        .execute();
    },

    take: ({ now, busyUntil, limit }) =>
      atomically(async (trx) => {
        const due = await trx
          .selectFrom('webhook_messages')
          .selectAll()
          .where('due_at', '<=', now)
          .orderBy('due_at')
          .orderBy('id')
          .limit(limit)
          .execute();
        const taken: WebhookMessage[] = [];
        for (const row of due) {
          const { numUpdatedRows } = await trx
            .updateTable('webhook_messages')
            .set({ due_at: busyUntil })
            .where('id', '=', row.id)
            // Another server may have taken it meanwhile.
            .where('due_at', '=', row.due_at)
            .executeTakeFirst();
          if (numUpdatedRows > 0n) taken.push(toMessage(row));
        }
        return taken;
      }),

    async remove(id) {
      await db.deleteFrom('webhook_messages').where('id', '=', id).execute();
    },

    async putBack(id, { attempts, dueAt }) {
      await db.updateTable('webhook_messages').set({ attempts, due_at: dueAt }).where('id', '=', id).execute();
    },

    async findNextDue() {
      const first = db.selectFrom('webhook_messages').select('due_at').orderBy('due_at').limit(1);
      return (await first.executeTakeFirst())?.due_at;
    },

    async purgeBefore(time, limit) {
      const old = db.selectFrom('webhook_messages').select('id').where('created_at', '<', time);
      const { numDeletedRows } = await db
        .deleteFrom('webhook_messages')
        .where('id', 'in', old.orderBy('created_at').limit(limit))
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    },

    async count() {
      const all = db.selectFrom('webhook_messages').select(({ fn }) => fn.countAll().as('count'));
      return Number((await all.executeTakeFirstOrThrow()).count);
    },

    async countFailing() {
      const failing = db.selectFrom('webhook_messages').where('attempts', '>=', FAILS_FROM);
      const row = await failing
        .select(({ fn }) => [fn.countAll().as('count'), fn.min('created_at').as('oldest_at')])
        .executeTakeFirstOrThrow();
      return { count: Number(row.count), oldestAt: row.oldest_at };
    },
  };
}

function toMessage(row: Selectable<WebhookMessageTable>): WebhookMessage {
  return {
    id: row.id,
    type: row.type,
    data: fromJson<WebhookMessage['data']>(row.data),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    attempts: row.attempts,
  };
}
