/**
 * The order in which those who wait are served. Pure. Each request counts with what its user holds and has asked for
 * before it; the smallest number comes first, and among equals who came first. So somebody with ten requests cannot
 * stand before somebody with one.
 * @param waiting in the order of their coming
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
  // Sorting is stable, so the order of coming decides among equals.
  return ranked.toSorted((a, b) => a.share - b.share).map(({ request }) => request);
}
