import type { RepositoryContext } from './repository-context.ts';

/** The right of one holder at a time to do something that has a name, on all servers. */
export interface NamedLease {
  name: string;
  /** Nobody else calls itself so. */
  holder: string;
}

export interface NamedLeaseRepository {
  /** Whether the holder has it now, for so many milliseconds by the clock of the database. */
  acquire(lease: NamedLease, ttlMs: number): Promise<boolean>;
  /** Gives it back, if the holder still has it. */
  release(lease: NamedLease): Promise<void>;
}

export function createNamedLeaseRepository({ db, leaseTime }: RepositoryContext): NamedLeaseRepository {
  return {
    async acquire({ name, holder }, ttlMs) {
      const row = await db
        .insertInto('named_leases')
        .values({ name, holder, expires_at: leaseTime(ttlMs) })
        .onConflict((conflict) =>
          conflict
            .column('name')
            .doUpdateSet({ holder, expires_at: leaseTime(ttlMs) })
            .where('named_leases.expires_at', '<=', leaseTime(0)),
        )
        .returning('name')
        .executeTakeFirst();
      return row !== undefined;
    },

    async release({ name, holder }) {
      await db.deleteFrom('named_leases').where('name', '=', name).where('holder', '=', holder).execute();
    },
  };
}
