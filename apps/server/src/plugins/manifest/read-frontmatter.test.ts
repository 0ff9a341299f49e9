import { expect, it } from 'vitest';

import { parseFrontmatter } from './read-frontmatter.ts';

it('quotes texts with colons, leaves those alone that are quoted, and takes no longer for many blanks', () => {
  const { document } = parseFrontmatter('a: x: y  \nb:   "c: d"');
  expect(document.toJS()).toEqual({ a: 'x: y', b: 'c: d' });
  const measure = (blanks: number) => {
    // Broken YAML, so that texts are quoted.
    const yaml = `a: x: y\nb:${' '.repeat(blanks)}`;
    const start = performance.now();
    parseFrontmatter(yaml);
    return performance.now() - start;
  };
  measure(1000);
  // Twice as long where it is linear, four times where each pair of blanks is looked at.
  const ratio = Math.min(...[1, 2, 3].map(() => measure(32_000) / Math.max(measure(2000), 0.5)));
  expect(ratio).toBeLessThan(60);
});
