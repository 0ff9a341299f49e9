import { expect, it } from 'vitest';

import { cutText } from './cut-text.ts';

it('leaves a text alone that can be shown whole', () => {
  expect(cutText('a'.repeat(30_000))).toBeNull();
});

it('cuts between words, and says how much it leaves out', () => {
  const text = 'some words '.repeat(50_000);
  const cut = cutText(text);
  expect(cut?.head.endsWith(' ')).toBe(true);
  expect(cut?.tail).toMatch(/^(some|words) /);
  expect((cut?.head.length ?? 0) + (cut?.hidden ?? 0) + (cut?.tail.length ?? 0)).toBe(text.length);
  expect((cut?.head.length ?? 0) + (cut?.tail.length ?? 0)).toBeLessThan(12_000);
});

it('never cuts a character in two', () => {
  for (const text of ['😀'.repeat(40_000), `x${'😀'.repeat(40_000)}`]) {
    const cut = cutText(text);
    expect(cut?.head.isWellFormed()).toBe(true);
    expect(cut?.tail.isWellFormed()).toBe(true);
  }
});

it('keeps the cuts where they are while a text grows by a little', () => {
  const text = 'y'.repeat(100_001);
  const [before, after] = [cutText(text), cutText(`${text}yyy`)];
  expect(after?.head).toBe(before?.head);
  expect(after?.tail).toBe(`${before?.tail}yyy`);
});
