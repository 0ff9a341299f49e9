import { expect, test } from 'vitest';

import { hasOtherFields, readFields } from './read-schema.ts';
import { toConfiguration, toDraft } from './to-configuration.ts';

const schema = {
  type: 'object',
  properties: {
    city: { type: 'string', title: 'City', description: 'Where you are' },
    days: { type: 'integer', minimum: 1, maximum: 14, default: 3 },
    factor: { type: 'number' },
    quiet: { type: 'boolean' },
    units: { enum: ['metric', 1] },
    key: { type: 'string', pattern: '^\\$\\{secret:[A-Za-z_][A-Za-z0-9_-]{0,63}\\}$' },
    places: { type: 'array', items: { type: 'string' } },
  },
  required: ['city', 'days'],
  additionalProperties: false,
};
const fields = readFields(schema);
const problemsOf = (changes: Record<string, string>, other = '') => {
  const draft = toDraft(fields, { city: 'Ghent', days: 2 });
  const read = toConfiguration(fields, { fields: { ...draft.fields, ...changes }, other });
  return 'problems' in read ? read.problems : null;
};

test('a schema gives a field for each property, with the kind that fits', () => {
  expect(fields.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
    ...['city text', 'days integer', 'factor number', 'quiet boolean', 'units choice', 'key secret', 'places lines'],
  ]);
  expect(fields[0]).toMatchObject({ title: 'City', description: 'Where you are', required: true });
  expect(fields[1]).toMatchObject({ title: 'days', default: 3, minimum: 1, maximum: 14 });
});

test('a configuration that is not changed is sent as it was, with what has no field', () => {
  const configuration = {
    ...{ city: 'Ghent', days: 2, factor: 0.5, quiet: false, units: 1, key: '${secret:WEATHER_KEY}', places: ['a'] },
    old: { deep: true },
  };
  const draft = toDraft(fields, configuration);
  expect(draft.fields['key']).toBe('WEATHER_KEY');
  expect(toConfiguration(fields, draft)).toEqual({ configuration });
  expect(hasOtherFields(schema, configuration)).toBe(true);
  expect(hasOtherFields(schema, { city: 'Ghent' })).toBe(false);
});

test('a list of texts is typed line by line, and one that lines do not say as JSON', () => {
  const read = (places: string) => {
    const draft = toDraft(fields, { city: 'Ghent', days: 2 });
    const result = toConfiguration(fields, { ...draft, fields: { ...draft.fields, places } });
    return 'configuration' in result ? result.configuration['places'] : result.problems.fields['places'];
  };
  expect(read('/srv/one\n\n /srv/two words \n')).toEqual(['/srv/one', '/srv/two words']);
  expect([read('[]'), read('["a\\nb"]')]).toEqual([[], ['a\nb']]);
  expect(read('[x')).toBeTypeOf('string');
  for (const places of [['/srv/one', '/srv/two words'], ['a\nb', ' c '], ['[x'], []])
    expect(read(toDraft(fields, { city: 'Ghent', days: 2, places }).fields['places'] ?? '')).toEqual(places);
});

test('what is empty is left out, and a required value begins with its default', () => {
  const draft = toDraft(fields, { city: 'Ghent' });
  expect(toConfiguration(fields, draft)).toEqual({ configuration: { city: 'Ghent', days: 3 } });
});

test.each([
  ['city', ' '],
  ['days', '1.5'],
  ['days', '0'],
  ['days', '15'],
  ['factor', 'much'],
  ['key', 'a secret value'],
  ['places', '[a]'],
])('the field %s refuses "%s" where it stands', (name, text) => {
  expect(Object.keys(problemsOf({ [name]: text })?.fields ?? {})).toEqual([name]);
});

test('other fields take only an object', () => {
  expect(problemsOf({}, '[1]')?.other).not.toBeNull();
  expect(problemsOf({}, '{"a": 1}')).toBeNull();
});
