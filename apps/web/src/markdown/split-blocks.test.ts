import fc from 'fast-check';
import { expect, it } from 'vitest';

import { ANSWER } from '../fixtures/texts.ts';
import { splitBlocks } from './split-blocks.ts';

const LISTS =
  'Intro\n\n- one\n- two\n\n  still two\n\n1. a\n2. b\n\n> quote\nlazy\n\n~~~js\nconst a = `b`;\n\n~~~\nEnd';
let runs = 0;

it('splits a growing text as it splits the whole', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(ANSWER, LISTS, `${LISTS}\n\n${ANSWER}`),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }),
      (text, steps) => {
        runs += 1;
        let blocks = splitBlocks(`grow-${runs}`, '');
        for (let at = 0, step = 0; at < text.length; step += 1) {
          at = Math.min(text.length, at + (steps[step % steps.length] ?? 1));
          blocks = splitBlocks(`grow-${runs}`, text.slice(0, at));
        }
        expect(blocks.map((block) => block.raw)).toEqual(splitBlocks(`whole-${runs}`, text).map((block) => block.raw));
      },
    ),
    { numRuns: 120 },
  );
});

it('splits a paragraph without end as it splits the whole, and reads it once only while words are added', () => {
  const start = `Intro\n\n${'some words '.repeat(4000)}`;
  const first = splitBlocks('long', start);
  const grown = splitBlocks('long', `${start}and\nmore words`);
  expect(grown[1]?.token).toBe(first[1]?.token);
  expect(grown[1]?.raw).toBe(`${start.slice(7)}and\nmore words`);
  const ended = `${start}and\nmore words\n# Title\n\nEnd`;
  expect(splitBlocks('long', ended).map(({ raw }) => raw)).toEqual(splitBlocks('at once', ended).map(({ raw }) => raw));
});

it('keeps the identity of closed blocks', () => {
  const before = splitBlocks('identity', 'One\n\nTwo');
  const after = splitBlocks('identity', 'One\n\nTwo grows\n\nThree');
  expect(after[0]).toBe(before[0]);
  expect(after.map((block) => block.raw.trim())).toEqual(['One', 'Two grows', 'Three']);
});
