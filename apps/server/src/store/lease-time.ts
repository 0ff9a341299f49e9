import { sql, type Expression } from 'kysely';

/** SQL for a moment on the clock of leases, as ISO 8601 text in UTC with milliseconds. */
export type LeaseTime = (inMs: number) => Expression<string>;

/**
 * The database's own clock: nodes whose clocks differ must agree on when a lease has ended. SQLite has the clock of the one
 * machine that uses it.
 */
export function createLeaseTime(kind: 'sqlite' | 'postgres'): LeaseTime {
  if (kind === 'sqlite') {
    return (inMs) => sql<string>`strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ${`${inMs / 1000} seconds`})`;
  }
  return (inMs) => {
    const moment = sql`(clock_timestamp() at time zone 'utc') + ${inMs}::double precision * interval '1 millisecond'`;
    return sql<string>`to_char(${moment}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  };
}

/** A clock of the caller's own, for tests. */
export function createFixedLeaseTime(nowMs: () => number): LeaseTime {
  return (inMs) => sql<string>`${new Date(nowMs() + inMs).toISOString()}`;
}
