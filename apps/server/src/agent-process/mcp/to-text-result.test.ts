import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { expect, it } from 'vitest';

import { createKeptResults } from './kept-results.ts';
import { toTextResult } from './to-text-result.ts';

const text = (...texts: string[]): CallToolResult['content'] => texts.map((each) => ({ type: 'text', text: each }));

it.each([
  ['with other text beside it', text('Two items'), { items: [1, 2] }, text('Two items', '{"items":[1,2]}')],
  ['without text', [], { items: [] }, text('{"items":[]}')],
  ['as the text says it', text('{\n  "a": [1]\n}'), { a: [1] }, text('{\n  "a": [1]\n}')],
  ['that wraps the text', text('whole file'), { content: 'whole file' }, text('whole file')],
  ['that wraps what the text says', text('[{"b": 1}]'), { entities: [{ b: 1 }] }, text('[{"b": 1}]')],
])('keeps structured content %s, once', (_, content, structuredContent, expected) => {
  expect(toTextResult({ content, structuredContent })).toEqual({ content: expected });
});

it('gives large text as it is, and leaves blocks of other kinds', () => {
  const large = 'x'.repeat(30_000);
  expect(toTextResult({ content: text(large, large) })).toEqual({ content: [], toolResult: `${large}\n${large}` });
  const mixed: CallToolResult['content'] = [
    ...text(large, large),
    { type: 'image', data: 'AA==', mimeType: 'image/png' },
  ];
  expect(toTextResult({ content: mixed })).toEqual({ content: mixed });
});

it('keeps large results for people, each once, the newest ones, and none without an end', () => {
  const results = createKeptResults();
  results.note('small', { content: text('x'.repeat(50_000)) });
  results.note('failed', { content: text('x'.repeat(60_000)), isError: true });
  results.note('huge', { content: text('x'.repeat(500_000), 'y') });
  expect(results.take('small')).toBeUndefined();
  expect(results.take('failed')).toBeUndefined();
  expect(results.take('huge')?.content?.map((block) => block.type === 'text' && block.text.slice(-60))).toEqual([
    expect.stringContaining('xx\n[100000 more characters are not shown]'),
    '\n[1 more characters are not shown]',
  ]);
  expect(results.take('huge')).toBeUndefined();
  for (let count = 0; count < 25; count += 1) results.note(`r${count}`, { content: text('x'.repeat(60_000)) });
  expect([results.take('r4'), results.take('r5')?.content?.length]).toEqual([undefined, 1]);
});
