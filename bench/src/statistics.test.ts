import { describe, expect, it } from 'vitest';

import { quantile, summarize, toMeanInterval, toMeanRatio, toRatio } from './statistics.ts';

describe('quantile', () => {
  it('takes the middle sample of an odd series, in whatever order it comes', () => {
    expect(quantile([9, 1, 5], 0.5)).toBe(5);
  });

  it('goes half way between the two middle samples of an even series', () => {
    expect(quantile([1, 2, 4, 100], 0.5)).toBe(3);
  });

  it('is linear between neighbours', () => {
    expect(quantile([0, 10], 0.95)).toBeCloseTo(9.5);
    expect(quantile([0, 10, 20, 30, 40], 0.25)).toBe(10);
  });

  it('sorts by number, not by text', () => {
    expect(quantile([100, 20, 3], 1)).toBe(100);
  });

  it('leaves the samples as they are', () => {
    const samples = [3, 1, 2];
    quantile(samples, 0.5);
    expect(samples).toEqual([3, 1, 2]);
  });

  it('refuses a series without samples', () => {
    expect(() => quantile([], 0.5)).toThrow('no samples');
  });
});

describe('summarize', () => {
  it('tells count, median, quartiles, the high percentiles and the extremes', () => {
    const samples = Array.from({ length: 101 }, (_, index) => index);
    expect(summarize(samples)).toEqual({ count: 101, median: 50, p95: 95, p99: 99, q1: 25, q3: 75, min: 0, max: 100 });
  });

  it('serves a single sample', () => {
    expect(summarize([7])).toEqual({ count: 1, median: 7, p95: 7, p99: 7, q1: 7, q3: 7, min: 7, max: 7 });
  });
});

describe('toRatio', () => {
  it('divides the medians, so that one outlier does not count', () => {
    expect(toRatio([20, 22, 24, 26, 9000], [10, 11, 12, 13, 14]).value).toBe(2);
  });

  it('holds the ratio in its interval, which is a point without spread', () => {
    expect(toRatio([6, 6, 6], [3, 3, 3])).toEqual({ value: 2, low: 2, high: 2 });
    const spread = toRatio([10, 12, 14, 16, 18], [10, 11, 12, 13, 14]);
    expect(spread.low).toBeLessThan(spread.value);
    expect(spread.high).toBeGreaterThan(spread.value);
  });

  it('gives the same interval for the same samples', () => {
    const once = toRatio([1, 2, 3, 4], [2, 3, 4, 5]);
    expect(toRatio([1, 2, 3, 4], [2, 3, 4, 5])).toEqual(once);
  });
});

describe('toMeanRatio', () => {
  it('divides the means, so that what is done once for many counts, and takes out what slows both sides of a round', () => {
    const baseline = [1, 1, 1, 10, 10, 1];
    const { value, low, high } = toMeanRatio([2, 2, 2, 20, 20, 2], baseline);
    expect([value, low, high]).toEqual([2, 2, 2]);
    expect(toMeanRatio([1, 1, 1, 10, 10, 13], baseline).value).toBe(1.5);
  });
});

describe('toMeanInterval', () => {
  it('holds the mean, and is a point without spread', () => {
    expect(toMeanInterval([3, 3, 3])).toEqual([3, 3]);
    const [low, high] = toMeanInterval([1, 2, 3, 4]);
    expect(low).toBeLessThan(2.5);
    expect(high).toBeGreaterThan(2.5);
  });
});
