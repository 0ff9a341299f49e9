import { expect, it } from 'vitest';

import { toElicitation } from './to-elicitation.ts';

const HIDDEN = '\u202Egnp\u0007';

it('makes visible what a server hides in its words, and leaves lines as they are', () => {
  const options = [{ const: 'a', title: HIDDEN }];
  const properties = {
    plain: { type: 'string' as const, title: HIDDEN, description: `One\r\nline\u2028${HIDDEN}` },
    one: { type: 'string' as const, oneOf: options },
    many: { type: 'array' as const, items: { anyOf: options } },
  };
  const asked = toElicitation('docs', {
    message: `Two\nlines 👍 ${HIDDEN}`,
    requestedSchema: { type: 'object', properties },
  });
  const visible = '[U+202E]gnp[U+0007]';
  expect(asked).toMatchObject({
    message: `Two\nlines 👍 ${visible}`,
    fields: [
      { title: visible, description: `One\nline[U+2028]${visible}` },
      { options: [{ value: 'a', title: visible }] },
      { options: [{ value: 'a', title: visible }] },
    ],
  });
  expect(
    toElicitation('docs', { mode: 'url', message: HIDDEN, elicitationId: 'e', url: 'https://example.com' }),
  ).toEqual(expect.objectContaining({ message: visible }));
});

it.each([
  { [HIDDEN]: { type: 'string' as const } },
  { a: { type: 'string' as const, default: HIDDEN } },
  { a: { type: 'string' as const, enum: ['b', HIDDEN] } },
  { a: { type: 'array' as const, items: { type: 'string' as const, enum: ['b'] }, default: [HIDDEN] } },
])('asks nobody for what would be sent back with characters that cannot be seen: %j', (properties) => {
  const asked = toElicitation('docs', { message: 'Hi', requestedSchema: { type: 'object', properties } });
  expect(asked).toEqual({ problem: expect.stringContaining('cannot be seen') });
});
