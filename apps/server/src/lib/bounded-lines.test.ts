import { expect, it, vi } from 'vitest';

import { createBoundedLines } from './bounded-lines.ts';

it('gives on so many lines a second, and says how many are left out', () => {
  vi.useFakeTimers();
  try {
    const given: string[] = [];
    const lines = createBoundedLines((text) => given.push(text), { maxLinesPerSecond: 3 });
    lines.add('one\ntwo');
    for (let count = 0; count < 1000; count += 1) lines.add('again\nand again');
    expect(given).toEqual(['one\ntwo', 'again']);
    vi.advanceTimersByTime(1000);
    expect(given.slice(2)).toEqual(['… 1999 more lines are left out']);
    lines.add('three');
    vi.advanceTimersByTime(5000);
    expect(given.slice(3)).toEqual(['three']);
    lines.add('a\nb\nc\nd');
    lines.end();
    expect(given.slice(4)).toEqual(['a\nb\nc', '… 1 more line is left out']);
  } finally {
    vi.useRealTimers();
  }
});

it('bounds characters too, and cuts a long line', () => {
  const given: string[] = [];
  const lines = createBoundedLines((text) => given.push(text), { maxCharsPerSecond: 9000, nowMs: () => 0 });
  for (let count = 0; count < 4; count += 1) lines.add('x'.repeat(50_000));
  lines.end();
  expect(given).toEqual([...Array<string>(2).fill(`${'x'.repeat(4000)}…`), '… 2 more lines are left out']);
});
