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
