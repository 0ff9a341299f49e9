/**
 * The order in which waiting requests get places. Pure. The number of a request is how many places its user holds, plus
 * the user's earlier requests. The smallest number comes first; of equal numbers, the earlier request. So a user with
 * ten requests does not delay a user with one.
 * @param waiting in the order of arrival
 * @param held places by user
 */
export function toFairOrder<T extends { ownerId: string }>(
  waiting: readonly T[],
  held: ReadonlyMap<string, number>,
): T[] {
  const shares = new Map(held);
  const ranked = waiting.map((request) => {
    const share = shares.get(request.ownerId) ?? 0;
    shares.set(request.ownerId, share + 1);
    return { request, share };
  });
  // Sorting is stable, so requests with equal numbers keep the order of arrival.
  return ranked.toSorted((a, b) => a.share - b.share).map(({ request }) => request);
}
