import { expect, test } from 'vitest';

import { listInputs } from './list-inputs.ts';

test('the input of a tool is told by name, type and need, whatever its schema is', () => {
  expect(
    listInputs({
      required: ['place'],
      properties: {
        place: { type: 'string', description: 'Where' },
        units: { enum: ['metric', 1] },
        odd: { type: ['string', 'null'], description: 7 },
        none: null,
      },
    }),
  ).toEqual([
    { name: 'place', type: 'string', description: 'Where', isRequired: true },
    { name: 'units', type: 'metric | 1', description: '', isRequired: false },
    { name: 'odd', type: '', description: '', isRequired: false },
    { name: 'none', type: '', description: '', isRequired: false },
  ]);
  expect(listInputs({ properties: 'x' })).toEqual([]);
  const many = Object.fromEntries(Array.from({ length: 99 }, (_, index) => [`p${index}`, {}]));
  expect(listInputs({ properties: many })).toHaveLength(50);
});
