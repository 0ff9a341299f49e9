import { hideTexts } from '@claude-sdk-pattern/protocol';
import { expect, it } from 'vitest';

import { createMaskedLines } from './masked-lines.ts';

const SECRET = 'correct-horse-battery-staple';
const mask = (text: string) => hideTexts(text, [{ text: SECRET, mask: '[hidden]' }]);

it('shows no part of a secret that comes in pieces, and gives out whole lines', () => {
  for (let size = 1; size < SECRET.length; size += 1) {
    const given: string[] = [];
    const lines = createMaskedLines(mask, (text) => given.push(text));
    const written = `one ${SECRET}\ntwo\n${SECRET} three`;
    for (let at = 0; at < written.length; at += size) lines.add(written.slice(at, at + size));
    lines.end();
    expect(given.join('\n')).toBe('one [hidden]\ntwo\n[hidden] three');
  }
});

it('gives out a line without an end in parts, and no part of a secret with them', () => {
  const given: string[] = [];
  const lines = createMaskedLines(mask, (text) => given.push(text));
  const written = `${'x'.repeat(997)}${SECRET}`.repeat(400);
  for (let at = 0; at < written.length; at += 1000) lines.add(written.slice(at, at + 1000));
  expect(given.length).toBeGreaterThan(0);
  lines.end();
  expect(given.join('')).toBe(`${'x'.repeat(997)}[hidden]`.repeat(400));
});
