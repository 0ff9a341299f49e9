/** What has to follow each other in one line, each at most so far behind the one before. */
export interface Sequence {
  /** Each with the flag `g`, and without a gap of its own: a gap inside a pattern costs its length at every place. */
  steps: readonly RegExp[];
  /** Characters between a step and the next one, one number less than steps. */
  gaps: readonly number[];
}

interface Place {
  start: number;
  end: number;
}

/**
 * Finds a sequence in one line. The time is that of a search for each step: no text makes it try a place more than once
 * for every step.
 */
export function findSequence(line: string, { steps, gaps }: Sequence): Place | undefined {
  /** Where the steps so far lead to, in order; `start` is where their sequence begins. */
  let reached: Place[] | undefined;
  for (const [index, step] of steps.entries()) {
    const found = [...line.matchAll(step)].map((match) => ({ start: match.index, end: match.index + match[0].length }));
    reached = reached === undefined ? found : follow(reached, found, gaps[index - 1] ?? 0);
    if (reached.length === 0) return undefined;
  }
  return reached?.[0];
}

function follow(reached: readonly Place[], found: readonly Place[], gap: number): Place[] {
  const next: Place[] = [];
  let nearest: Place | undefined;
  let taken = 0;
  for (const { start, end } of found) {
    for (let place = reached[taken]; place !== undefined && place.end <= start; place = reached[(taken += 1)])
      nearest = place;
    if (nearest !== undefined && start - nearest.end <= gap) next.push({ start: nearest.start, end });
  }
  return next;
}
