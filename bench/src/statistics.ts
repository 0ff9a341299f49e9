import { createRandom } from './random.ts';

/** The statistics of a series, in the unit of its samples. */
export interface Summary {
  count: number;
  median: number;
  p95: number;
  p99: number;
  /** First and third quartile; the spread is their distance. */
  q1: number;
  q3: number;
  min: number;
  max: number;
}

/** @throws Error for an empty series, which has no statistics. */
export function summarize(samples: readonly number[]): Summary {
  return {
    count: samples.length,
    median: quantile(samples, 0.5),
    p95: quantile(samples, 0.95),
    p99: quantile(samples, 0.99),
    q1: quantile(samples, 0.25),
    q3: quantile(samples, 0.75),
    min: quantile(samples, 0),
    max: quantile(samples, 1),
  };
}

/** The `share` quantile (0 to 1), linear between neighbours as R's type 7. @throws Error for an empty series. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) throw new Error('There are no samples to take a quantile of');
  return below + (above - below) * (position - Math.floor(position));
}

/** A ratio of two medians with its 95 % confidence interval. */
export interface Ratio {
  value: number;
  low: number;
  high: number;
}

const RESAMPLES = 2000;

/**
 * The median of `ours` divided by that of `baseline`, with a percentile bootstrap for its interval. The resampling is
 * seeded, so the same samples always give the same interval.
 */
export function toRatio(ours: readonly number[], baseline: readonly number[]): Ratio {
  const random = createRandom(1);
  const resample = (samples: readonly number[]) =>
    samples.map(() => samples[Math.floor(random() * samples.length)] ?? Number.NaN);
  const ratios = Array.from(
    { length: RESAMPLES },
    () => quantile(resample(ours), 0.5) / quantile(resample(baseline), 0.5),
  );
  return {
    value: quantile(ours, 0.5) / quantile(baseline, 0.5),
    low: quantile(ratios, 0.025),
    high: quantile(ratios, 0.975),
  };
}

export function toMean(samples: readonly number[]): number {
  return samples.reduce((sum, each) => sum + each, 0) / samples.length;
}

/** The 95 % confidence interval of the mean, by a percentile bootstrap. Seeded as `toRatio` is. */
export function toMeanInterval(samples: readonly number[]): [low: number, high: number] {
  const random = createRandom(1);
  const means = Array.from({ length: RESAMPLES }, () =>
    toMean(samples.map(() => samples[Math.floor(random() * samples.length)] ?? Number.NaN)),
  );
  return [quantile(means, 0.025), quantile(means, 0.975)];
}

/**
 * The mean of `ours` divided by that of `baseline`, where both were sampled in the same rounds, with a percentile bootstrap over
 * the rounds for its interval: what slows a round down slows both. Seeded as `toRatio` is.
 */
export function toMeanRatio(ours: readonly number[], baseline: readonly number[]): Ratio {
  const random = createRandom(1);
  const ratios = Array.from({ length: RESAMPLES }, () => {
    let [dividend, divisor] = [0, 0];
    for (let drawn = 0; drawn < ours.length; drawn += 1) {
      const round = Math.floor(random() * ours.length);
      dividend += ours[round] ?? Number.NaN;
      divisor += baseline[round] ?? Number.NaN;
    }
    return dividend / divisor;
  });
  return { value: toMean(ours) / toMean(baseline), low: quantile(ratios, 0.025), high: quantile(ratios, 0.975) };
}
