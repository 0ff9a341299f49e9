import { expect, it } from 'vitest';

import { createMarkedTools, hasValidMarks } from './marked-tools.ts';

const property = (more: object) => ({ type: 'object', properties: { region: { type: 'string', ...more } } });
const tool = (name: string) => ({ name, inputSchema: property({ 'x-mcp-header': 'Region' }) });

it('knows the marked tools of the newest list alone, and no more than 1000 of one', () => {
  const marked = createMarkedTools();
  marked.note({ tools: [tool('one'), { name: 'plain', inputSchema: property({}) }] }, true);
  marked.note({ tools: [tool('two')] }, false);
  expect(['one', 'two', 'plain'].map((name) => marked.find(name)?.name)).toEqual(['one', 'two', undefined]);
  marked.note({ tools: Array.from({ length: 1001 }, (_, index) => tool(`new${index}`)) }, true);
  expect(['one', 'two', 'new999', 'new1000'].map((name) => marked.find(name)?.name)).toEqual([
    ...[undefined, undefined, 'new999', undefined],
  ]);
});

it.each([
  ['a property', property({ 'x-mcp-header': 'Region' }), true],
  ['a property of a property', { type: 'object', properties: { a: property({ 'x-mcp-header': 'A' }) } }, true],
  ['a property whose name is that of the mark', { type: 'object', properties: { 'x-mcp-header': {} } }, true],
  ['a default that looks like one', property({ default: { 'x-mcp-header': 7 } }), true],
  ['a name that is none of a header', property({ 'x-mcp-header': 'Two words' }), false],
  ['a number', property({ 'x-mcp-header': 'A', type: 'number' }), false],
  ['the whole', { type: 'object', 'x-mcp-header': 'A' }, false],
  ['an item', { type: 'object', properties: { a: { items: { type: 'string', 'x-mcp-header': 'A' } } } }, false],
  ['a choice', { type: 'object', oneOf: [property({ 'x-mcp-header': 'A' })] }, false],
  [
    'two of one name',
    { properties: Object.fromEntries(['A', 'a'].map((a) => [a, { type: 'string', 'x-mcp-header': a }])) },
    false,
  ],
])('judges a mark at %s', (_, schema, isValid) => {
  expect(hasValidMarks(schema)).toBe(isValid);
});
