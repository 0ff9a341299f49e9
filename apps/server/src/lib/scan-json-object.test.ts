import fc from 'fast-check';
import { expect, it } from 'vitest';

import { scanJsonObject } from './scan-json-object.ts';

const NAMES = ['model', 'max_tokens', 'speed'] as const;
const scan = (json: string) => scanJsonObject(Buffer.from(json), NAMES);

it('finds members of an object where JSON.parse finds them, whatever stands around them', () => {
  const leaf = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 400 }),
    fc.constantFrom(
      '"model":"x"',
      '\\',
      '\\"',
      '{',
      'é"',
      '"'.repeat(300),
      `${'\\'.repeat(251)}"`,
      `${'x'.repeat(300)}"y"`,
    ),
    fc.double({ noNaN: true }),
    fc.constantFrom(null, true, false),
  );
  const name = fc.oneof(fc.constantFrom(...NAMES), fc.string({ maxLength: 60 }));
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: 'small' }, leaf, fc.array(tie('value')), fc.dictionary(name, tie('value'))),
  }));
  const spaces = fc.constantFrom(undefined, 1, '\t');
  fc.assert(
    fc.property(fc.dictionary(name, value), spaces, (object, space) => {
      const parsed = JSON.parse(JSON.stringify(object)) as Record<string, unknown>;
      const found = scan(JSON.stringify(object, undefined, space));
      for (const each of NAMES) {
        const expected = Object.hasOwn(parsed, each) ? parsed[each] : undefined;
        const isPlain = expected === null || typeof expected !== 'object';
        expect(found[each]).toEqual(isPlain ? expected : undefined);
      }
    }),
    { numRuns: 60 },
  );
});

it('takes the last of equal names, also where one is escaped, and finds nothing in what is no object', () => {
  expect(scan(String.raw`{"model":"a","mod\u0065l":"b"}`)).toEqual({ model: 'b' });
  expect(scan('{"model": "a" , "model" : {"model":"c"}, "max_tokens": 5}')).toEqual({
    model: undefined,
    max_tokens: 5,
  });
  for (const text of ['', '[]', '"model":"a"', '{', '{"model', '{"model"', '{"model":', '{"model":"a', '{"model":x'])
    expect(scan(text).model).toBeUndefined();
});
