import { describe, expect, test } from 'vitest';

import { countHidden, toVisibleParts } from './visible-parts.ts';

const draw = (text: string) =>
  toVisibleParts(text)
    .map((part) => (part.kind === 'text' ? part.text : part.kind === 'hidden' ? `<${part.code}>` : `<${part.count}>`))
    .join('');

describe('what the eye would miss is marked', () => {
  test.each([
    ['a zero-width space', 'ls\u200B-la', 'ls<U+200B>-la'],
    ['an override of the direction', 'echo \u202Eabc\u202C', 'echo <U+202E>abc<U+202C>'],
    ['an isolate of the direction', 'a\u2066b\u2069', 'a<U+2066>b<U+2069>'],
    ['a control character', 'a\u001B[2Kb\rc', 'a<U+001B>[2Kb<U+000D>c'],
    ['a tag character', 'a\u{E0041}b', 'a<U+E0041>b'],
    ['a filler that has no shape', 'a\u3164b', 'a<U+3164>b'],
    ['a blank that is not the plain one', 'rm\u00A0x\u3000y', 'rm<U+00A0>x<U+3000>y'],
    ['half of a character', 'a\uD800b', 'a<U+D800>b'],
    ['a separator of lines', 'a\u2028b', 'a<U+2028>b'],
    ['a long run of blanks', `ls${' '.repeat(300)}# end`, 'ls<300># end'],
    ['a very long indent', `${' '.repeat(200)}x`, '<200>x'],
  ])('%s', (_, text, drawn) => {
    expect(draw(text)).toBe(drawn);
  });
});

test.each(['npm test -- --run', '\tindented', `${' '.repeat(24)}deep`, 'Grüße, 世界, שלום', 'done 👩‍💻 ❤️ 👍🏽', 'a  b'])(
  'leaves %j as it is',
  (text) => {
    expect(toVisibleParts(text)).toEqual([{ kind: 'text', text }]);
    expect(countHidden(text)).toBe(0);
  },
);

test('counts the marked characters of all lines', () => {
  expect(countHidden('a\u200Bb\nc\u202Ed\n')).toBe(2);
});
