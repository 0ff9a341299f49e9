import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Seeded random numbers: the same seed gives the same numbers in the same order. */
export interface Random {
  /** From `low` (included) to `high` (excluded). */
  uniform(low: number, high: number): number;
  exponential(mean: number): number;
  normal(mean: number, deviation: number): number;
  /** Log-normal; `spread` is the standard deviation of the logarithm. */
  logNormal(median: number, spread: number): number;
  /** The number of trials until the first success, at least 1, with this mean. */
  geometric(mean: number): number;
}

export function createRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  // Never 0, so that its logarithm is finite.
  const draw = () => 1 - uniformFloat64(generator);
  const random: Random = {
    uniform: (low, high) => low + (1 - draw()) * (high - low),
    exponential: (mean) => -mean * Math.log(draw()),
    // Box–Muller, without the second number of each pair.
    normal: (mean, deviation) => mean + deviation * Math.sqrt(-2 * Math.log(draw())) * Math.cos(2 * Math.PI * draw()),
    logNormal: (median, spread) => median * Math.exp(random.normal(0, spread)),
    geometric: (mean) => (mean <= 1 ? 1 : 1 + Math.floor(Math.log(draw()) / Math.log(1 - 1 / mean))),
  };
  return random;
}
