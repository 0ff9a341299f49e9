import { expect, it } from 'vitest';

import { toUsableSchema, type InputSchema } from './usable-schema.ts';

const withProperties = (properties: unknown): InputSchema => ({ type: 'object', properties });
const nest = (depth: number): InputSchema => {
  let schema: InputSchema = { type: 'object' };
  for (let count = 0; count < depth; count += 1) schema = withProperties({ a: schema });
  return schema;
};

it.each([
  ['no object of properties', withProperties(5)],
  ['an unknown type', withProperties({ a: { type: 'strin' } })],
  ['a tuple of draft 7', withProperties({ a: { type: 'array', items: [{ type: 'string' }] } })],
  ['a limit of draft 4', withProperties({ a: { minimum: 0, exclusiveMinimum: true } })],
  ['a name that the API refuses', withProperties({ 'a b': {} })],
  ['too much', withProperties({ a: { description: 'x'.repeat(300_000) } })],
  ['no end of levels', nest(3000)],
])('refuses a schema with %s', (_, schema) => {
  expect(toUsableSchema(schema)).toBeUndefined();
});

it('takes any other as it is, without what the API refuses at its top', () => {
  const schema = withProperties({ a: { anyOf: [{ type: 'string' }, { $ref: '#/$defs/b' }] }, 'b.c-d': true });
  const draft7 = { $schema: 'http://json-schema.org/draft-07/schema#', ...schema, $defs: { b: {} }, 'x-own': 1 };
  expect(toUsableSchema(draft7)).toEqual(draft7);
  expect(toUsableSchema({ ...schema, anyOf: [{ required: ['a'] }] })).toEqual(schema);
});
