import { expect, it } from 'vitest';

import type { Row } from '../../session/build-rows.ts';
import { findApps } from './find-apps.ts';

const row = (digest?: string | null): Row =>
  ({ kind: 'work', items: [{ kind: 'tool', app: digest === undefined ? null : { digest } }] }) as unknown as Row;

it('keeps the rows of the newest apps that have a page', () => {
  const rows = [row('a'), row('b'), row(), { kind: 'notice' } as Row, row(null), row('c'), row('d')];
  expect(findApps(rows)).toEqual([1, 5, 6]);
});
