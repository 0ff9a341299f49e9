import { expect, it } from 'vitest';

import { findContentProblem, type ElicitationField } from './elicitation.ts';

const field = (more: Partial<ElicitationField>): ElicitationField => ({
  ...{ name: 'x', title: 'X', description: null, required: true, kind: 'text', format: null, min: null, max: null },
  ...{ options: [], default: null },
  ...more,
});
const options = ['a', 'b', 'c'].map((value) => ({ value, title: value }));

it.each([
  [field({}), 'any', undefined],
  [field({}), 1, 'not_text'],
  [field({ min: 2, max: 3 }), 'a', 'too_small'],
  [field({ min: 2, max: 3 }), '😀😀😀', undefined],
  [field({ max: 3 }), 'abcd', 'too_large'],
  [field({ format: 'email' }), 'a.b@example.com', undefined],
  [field({ format: 'email' }), 'a b@example.com', 'format'],
  [field({ format: 'uri' }), 'https://example.com/a', undefined],
  [field({ format: 'uri' }), 'example.com', 'format'],
  [field({ format: 'date' }), '2028-02-29', undefined],
  [field({ format: 'date' }), '2026-02-29', 'format'],
  [field({ format: 'date-time' }), '2026-11-30T12:00:00Z', undefined],
  [field({ format: 'date-time' }), '2026-11-31T12:00:00Z', 'format'],
  [field({ format: 'date-time' }), '2026-11-30', 'format'],
  [field({ kind: 'number', min: 0, max: 1 }), 0.5, undefined],
  [field({ kind: 'number' }), '0.5', 'not_a_number'],
  [field({ kind: 'number', max: 1 }), 1.1, 'too_large'],
  [field({ kind: 'integer' }), 1.5, 'not_an_integer'],
  [field({ kind: 'boolean' }), 'true', 'not_a_boolean'],
  [field({ kind: 'choice', options }), 'b', undefined],
  [field({ kind: 'choice', options }), 'd', 'no_option'],
  [field({ kind: 'choices', options, min: 1, max: 2 }), ['a', 'c'], undefined],
  [field({ kind: 'choices', options, min: 1 }), [], 'too_small'],
  [field({ kind: 'choices', options }), ['a', 'a'], 'no_option'],
  [field({ kind: 'choices', options }), ['a', 'd'], 'no_option'],
])('judges a value by its field: %o %o', (given, value, code) => {
  expect(findContentProblem([given], { x: value })?.problem.code).toBe(code);
});

it('needs what is required, and takes nothing that was not asked for', () => {
  expect(findContentProblem([field({})], {})).toEqual({ field: 'x', problem: { code: 'missing' } });
  expect(findContentProblem([field({ required: false })], {})).toBeUndefined();
  expect(findContentProblem([], { constructor: 'x' })).toEqual({ field: 'constructor', problem: { code: 'unknown' } });
  expect(findContentProblem([field({ name: 'constructor' })], {})?.problem.code).toBe('missing');
});
