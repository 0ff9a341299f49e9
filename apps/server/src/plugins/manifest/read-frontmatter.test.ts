import { expect, it } from 'vitest';

import { isParsable, parseFrontmatter, splitFrontmatter } from './read-frontmatter.ts';

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

it('finds the end of a frontmatter whatever it holds, and parses none that would take long', () => {
  expect(splitFrontmatter('\uFEFF---\r\na: 1\r\n--- \r\nb')).toEqual({ yaml: 'a: 1', body: 'b' });
  expect(splitFrontmatter('---\n---')).toEqual({ yaml: '', body: '' });
  for (const text of ['a\n---\n---\n', '---\na', '---\n ---\n']) expect(splitFrontmatter(text)).toBeUndefined();
  const measure = (lines: number) => {
    const start = performance.now();
    expect(splitFrontmatter('\uFEFF---\n'.repeat(lines))).toBeUndefined();
    return performance.now() - start;
  };
  measure(1000);
  const ratio = Math.min(...[1, 2, 3].map(() => measure(60_000) / Math.max(measure(4000), 0.5)));
  expect(ratio).toBeLessThan(60);
  expect(isParsable(`name: a\ndescription: ${'What? Yes - and [more]. '.repeat(40)}\n`)).toBe(true);
  for (const part of ['k: \n', '[', '{a: ', '- ', '&a ']) expect(isParsable(part.repeat(600))).toBe(false);
  expect(isParsable('- ? a')).toBe(false);
});
