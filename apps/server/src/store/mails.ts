import type { RepositoryContext } from './repository-context.ts';

/** A mail to operators. Times are ISO 8601 in UTC. */
export interface StoredMail {
  /** What it is about. There is one mail of a key, the newest. */
  key: string;
  subject: string;
  text: string;
  createdAt: string;
  /** How often it was sent without success. */
  attempts: number;
}

export interface MailRepository {
  /**
   * To be sent from `createdAt` on. False, and nothing is stored, where a mail of the key was made after `quietSince`. An older one
   * that still waits is replaced.
   */
  put(mail: Omit<StoredMail, 'attempts'> & { quietSince: string }): Promise<boolean>;
  /** Takes mails that are due at `now`, the longest due first. Until `busyUntil` no other server takes them. */
  take(options: { now: string; busyUntil: string; limit: number }): Promise<StoredMail[]>;
  /** It was sent, or is given up. A newer mail of the key stays. */
  settle(mail: Pick<StoredMail, 'key' | 'createdAt'>): Promise<void>;
  /** It was not sent; due again at `dueAt`. A newer mail of the key stays as it is. */
  putBack(mail: Pick<StoredMail, 'key' | 'createdAt'>, options: { attempts: number; dueAt: string }): Promise<void>;
  /** When the next one is due; undefined where none waits. */
  findNextDue(): Promise<string | undefined>;
  countWaiting(): Promise<number>;
  /** Forgets settled mails that were made before then. */
  forgetSettled(before: string): Promise<void>;
}

export function createMailRepository({ db, atomically }: RepositoryContext): MailRepository {
  return {
    async put({ key, subject, text, createdAt, quietSince }) {
      const content = { subject, text, created_at: createdAt, attempts: 0, due_at: createdAt };
      const { numInsertedOrUpdatedRows = 0n } = await db
        .insertInto('mails')
        .values({ key, ...content })
        .onConflict((conflict) =>
          conflict.column('key').doUpdateSet(content).where('mails.created_at', '<=', quietSince),
        )
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows > 0n;
    },

    take: ({ now, busyUntil, limit }) =>
      atomically(async (trx) => {
        const due = await trx
          .selectFrom('mails')
          .selectAll()
          .where('due_at', '<=', now)
          .orderBy('due_at')
          .orderBy('key')
          .limit(limit)
          .execute();
        const taken: StoredMail[] = [];
        for (const { key, subject, text, created_at: createdAt, attempts, due_at: dueAt } of due) {
          const { numUpdatedRows } = await trx
            .updateTable('mails')
            .set({ due_at: busyUntil })
            .where('key', '=', key)
            // Another server may have taken it meanwhile.
            .where('due_at', '=', dueAt)
            .executeTakeFirst();
          if (numUpdatedRows > 0n) taken.push({ key, subject, text, createdAt, attempts });
        }
        return taken;
      }),

    async settle({ key, createdAt }) {
      const change = db.updateTable('mails').set({ due_at: null });
      await change.where('key', '=', key).where('created_at', '=', createdAt).execute();
    },

    async putBack({ key, createdAt }, { attempts, dueAt }) {
      const change = db.updateTable('mails').set({ attempts, due_at: dueAt });
      await change.where('key', '=', key).where('created_at', '=', createdAt).execute();
    },

    async findNextDue() {
      const first = db.selectFrom('mails').select('due_at').where('due_at', 'is not', null).orderBy('due_at').limit(1);
      return (await first.executeTakeFirst())?.due_at ?? undefined;
    },

    async countWaiting() {
      const waiting = db.selectFrom('mails').where('due_at', 'is not', null);
      const { count } = await waiting.select(({ fn }) => fn.countAll().as('count')).executeTakeFirstOrThrow();
      return Number(count);
    },

    async forgetSettled(before) {
      await db.deleteFrom('mails').where('due_at', 'is', null).where('created_at', '<=', before).execute();
    },
  };
}
