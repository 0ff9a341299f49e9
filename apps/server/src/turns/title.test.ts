import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { toTitle } from './title.ts';

const text = (value: string) => [{ type: 'text', text: value }];

describe('toTitle', () => {
  it('takes the first line that says something', () => {
    expect(toTitle(text('\n  \n  Fix the build  \nIt is broken'))).toBe('Fix the build');
    expect(toTitle([{ type: 'image' }, ...text('Look at this')])).toBe('Look at this');
  });

  it('has none for a message without text', () => {
    expect(toTitle([])).toBeUndefined();
    expect(toTitle([{ type: 'image' }, ...text(' \n ')])).toBeUndefined();
  });

  it('cuts at a word where there is one', () => {
    expect(toTitle(text('Please find out why the nightly build fails on the second of the two machines'))).toBe(
      'Please find out why the nightly build fails on the second…',
    );
    expect(toTitle(text('x'.repeat(100)))).toBe(`${'x'.repeat(59)}…`);
  });

  it('hides a secret, also one that the cut would split', () => {
    const token = ['ghp', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('_');
    expect(toTitle(text(`Deploy with ${token} today`))).toBe('Deploy with [hidden: GitHub token] today');
    expect(toTitle(text(`Please deploy the new release with ${token} today`))).not.toContain('ghp_');
  });

  it('is never longer than 60, never blank, and never half a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200, size: 'max' }), (value) => {
        const title = toTitle(text(value));
        expect(title?.length ?? 1).toBeGreaterThan(0);
        expect(title?.length ?? 0).toBeLessThanOrEqual(60);
        expect(title?.isWellFormed() ?? true).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
