import type { Random } from '../random.ts';

/** A number from `least` (included) to `most` (excluded). */
export function drawBetween(random: Random, least: number, most: number): number {
  return least + random() * (most - least);
}

/** One of the keys, with probabilities in proportion to the weights. */
export function drawWeighted<Name extends string>(random: Random, weights: Readonly<Record<Name, number>>): Name {
  const entries = Object.entries<number>(weights) as [Name, number][];
  let left = random() * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [name, weight] of entries) {
    left -= weight;
    if (left < 0) return name;
  }
  throw new Error('There is nothing to draw from');
}
