import { expect, it } from 'vitest';

import { findMentions } from './find-mentions.ts';

const pathsIn = (text: string) => findMentions(text).flatMap(({ path }) => path ?? []);

it('finds the files that a message names, and loses nothing of its text', () => {
  const text = 'Look at @src/greet.js, then @"my notes.md"\n@README.md.';
  expect(pathsIn(text)).toEqual(['src/greet.js', 'my notes.md', 'README.md']);
  expect(
    findMentions(text)
      .map((part) => part.text)
      .join(''),
  ).toBe(text);
});

it('leaves names of people, addresses and paths of elsewhere as they are', () => {
  for (const text of ['ask @ada', 'mail ada@example.org', '@/etc/passwd', '@@a.b', '', 'a @ b']) {
    expect(findMentions(text), text).toEqual([{ text, path: null }]);
  }
});
