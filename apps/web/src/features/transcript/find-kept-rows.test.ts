import { expect, it } from 'vitest';

import type { Row } from '../../session/build-rows.ts';
import { findKeptRows } from './find-kept-rows.ts';

const row = (digest?: string | null): Row =>
  ({ kind: 'work', items: [{ kind: 'tool', app: digest === undefined ? null : { digest } }] }) as unknown as Row;

it('keeps the rows of the newest apps that have a page', () => {
  const rows = [row('a'), row('b'), row(), { kind: 'notice' } as Row, row(null), row('c'), row('d')];
  expect(findKeptRows(rows, [])).toEqual([1, 5, 6]);
});

it('keeps the rows of the newest open previews, also of one within a list', () => {
  const text = (id: string, ...keys: string[]) =>
    ({ kind: 'text', item: { id }, blocks: keys.map((key) => ({ key })) }) as unknown as Row;
  const rows = [text('a', '0', '1'), text('a', '10', '11'), text('b', '0'), row('app')];
  expect(findKeptRows(rows, ['preview:a:1'])).toEqual([0, 3]);
  expect(findKeptRows(rows, ['preview:a:11.0.1', 'preview:c:0'])).toEqual([1, 3]);
});
