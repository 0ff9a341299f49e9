import { hideTexts } from '@claude-sdk-pattern/protocol';
import { expect, it } from 'vitest';

import { createMaskedTail } from './masked-tail.ts';

const SECRET = 'correct-horse-battery-staple';
const mask = (text: string) => hideTexts(text, [{ text: SECRET, mask: '[hidden]' }]);

it('shows no part of a secret, wherever it is cut and in whatever pieces it comes', () => {
  for (let offset = 0; offset < 60; offset += 1) {
    const written = `${SECRET} ${'x'.repeat(offset)}`.repeat(40);
    const tail = createMaskedTail(mask, 40);
    for (let at = 0; at < written.length; at += 7) tail.add(written.slice(at, at + 7));
    const parts = Array.from({ length: SECRET.length - 4 }, (_, index) => SECRET.slice(index, index + 4));
    expect(parts.filter((part) => tail.text.includes(part))).toEqual([]);
    expect(tail.text.length).toBeLessThanOrEqual(40);
  }
});

it('shows no part of a secret of any length, when it cuts in the midst of it', () => {
  const long = Array.from({ length: 4000 }, (_, index) => `k${index}`).join('_');
  const tail = createMaskedTail((text) => hideTexts(text, [{ text: long, mask: '[hidden]' }]), 40);
  for (let at = 0; at < 30; at += 1) for (const part of [long.slice(0, 9000), long.slice(9000)]) tail.add(part);
  expect(tail.text).toBe('[hidden]'.repeat(5));
});
