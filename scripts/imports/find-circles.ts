import type { ExplainedArrow } from './layout.ts';
import type { Violation } from './find-violations.ts';

/** One file of the tree that imports another. */
export interface Arrow {
  from: string;
  to: string;
  line: number;
}

type Graph = ReadonlyMap<string, readonly Arrow[]>;

/**
 * Finds circular imports between files, type imports included, and explanations of circles that no longer exist.
 * Circles that share a file are reported once, as the shortest circle through their alphabetically first file.
 */
export function findCircles(arrows: readonly Arrow[], explained: readonly ExplainedArrow[]): Violation[] {
  const isExplained = ({ from, to }: Arrow): boolean => explained.some((one) => one.from === from && one.to === to);
  const graph = toGraph(arrows.filter((arrow) => !isExplained(arrow)));
  const told = new Set<string>();
  const violations: Violation[] = [];
  for (const file of [...graph.keys()].toSorted()) {
    if (told.has(file)) continue;
    const circle = findPath(graph, file, file);
    if (circle === undefined) continue;
    for (const other of findReached(graph, file)) if (findReached(graph, other).has(file)) told.add(other);
    violations.push({ file, line: circle[0]?.line ?? 1, message: describe(circle) });
  }
  return [...violations, ...findNeedless(toGraph(arrows), explained)];
}

function findNeedless(graph: Graph, explained: readonly ExplainedArrow[]): Violation[] {
  return explained
    .filter(({ from, to }) => {
      const isThere = graph.get(from)?.some((arrow) => arrow.to === to) === true;
      return !isThere || findPath(graph, to, from) === undefined;
    })
    .map(({ from, to }) => ({
      file: 'scripts/imports/layout.ts',
      line: 1,
      message: `explains a circle that is gone: take ${from} → ${to} out of EXPLAINED_CIRCLES`,
    }));
}

function toGraph(arrows: readonly Arrow[]): Graph {
  const graph = new Map<string, Arrow[]>();
  for (const arrow of arrows) graph.set(arrow.from, [...(graph.get(arrow.from) ?? []), arrow]);
  return graph;
}

/** The shortest path of at least one import from one file to another. */
function findPath(graph: Graph, start: string, goal: string): readonly Arrow[] | undefined {
  const cameBy = new Map<string, Arrow>();
  let reached: readonly string[] = [start];
  while (reached.length > 0) {
    const arrows = reached.flatMap((file) => graph.get(file) ?? []).filter(({ to }) => !cameBy.has(to));
    for (const arrow of arrows) if (!cameBy.has(arrow.to)) cameBy.set(arrow.to, arrow);
    if (cameBy.has(goal)) return walkBack(cameBy, start, goal);
    reached = [...new Set(arrows.map(({ to }) => to))];
  }
  return undefined;
}

/** All files that a file imports, directly or indirectly. */
function findReached(graph: Graph, start: string): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [start];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    for (const { to } of graph.get(file) ?? []) {
      if (reached.has(to)) continue;
      reached.add(to);
      open.push(to);
    }
  }
  return reached;
}

function walkBack(cameBy: ReadonlyMap<string, Arrow>, start: string, goal: string): readonly Arrow[] {
  const path: Arrow[] = [];
  for (let at = goal; path.length === 0 || at !== start;) {
    const arrow = cameBy.get(at);
    if (arrow === undefined) break;
    path.unshift(arrow);
    at = arrow.from;
  }
  return path;
}

function describe(circle: readonly Arrow[]): string {
  const files = [circle[0]?.from, ...circle.map(({ to }) => to)].join(' → ');
  return `imports in a circle: ${files}; give what both need a file of its own, or explain it in EXPLAINED_CIRCLES`;
}
