import { toReleaseQuery } from './budget-statements.ts';
import type { RepositoryContext } from './repository-context.ts';

/** What one call has of a reservation, which may be for several. */
export interface ReservedPart {
  reservationId: string;
  /** Of each budget of the reservation. */
  microUsd: number;
}

/** Gives parts back, in a transaction. A reservation of which nothing is left is gone. */
export async function releaseReservations(
  { kind, db }: Pick<RepositoryContext, 'kind' | 'db'>,
  parts: readonly ReservedPart[],
): Promise<void> {
  if (parts.length === 0) return;
  const given = new Map<string, number>();
  for (const { reservationId, microUsd } of parts) given.set(reservationId, (given.get(reservationId) ?? 0) + microUsd);
  await db.executeQuery(toReleaseQuery(kind, [...given]));
  const ids = [...given.keys()];
  await db.deleteFrom('budget_reservations').where('call_id', 'in', ids).where('micro_usd', '<=', 0).execute();
}
