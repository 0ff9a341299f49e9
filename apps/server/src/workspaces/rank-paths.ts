/**
 * The paths that match a typed query, best first: a name that equals it, names that begin with it or contain it,
 * paths that do, then paths with its letters in order. Ignores letter case. Without a query, all paths in their
 * order.
 */
export function rankPaths(paths: readonly string[], query: string): string[] {
  const wanted = query.toLowerCase();
  if (wanted === '') return [...paths];
  return paths
    .map((path) => ({ path, score: rate(path.toLowerCase(), wanted) }))
    .filter(({ score }) => score < Infinity)
    .toSorted((a, b) => a.score - b.score || a.path.length - b.path.length || (a.path < b.path ? -1 : 1))
    .map(({ path }) => path);
}

/** The lower, the better; infinite where it does not match at all. */
function rate(path: string, wanted: string): number {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (path === wanted) return 0;
  if (name === wanted) return 1;
  if (name.startsWith(wanted)) return 2;
  if (path.startsWith(wanted)) return 3;
  if (name.includes(wanted)) return 4;
  if (path.includes(wanted)) return 5;
  return hasInOrder(path, wanted) ? 6 : Infinity;
}

function hasInOrder(path: string, wanted: string): boolean {
  let from = 0;
  for (const letter of wanted) {
    from = path.indexOf(letter, from) + 1;
    if (from === 0) return false;
  }
  return true;
}
