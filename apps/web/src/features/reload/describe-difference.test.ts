import { expect, test } from 'vitest';

import { describeDifference } from './describe-difference.ts';

const plugin = (name: string, version: string | null, digest = version ?? '') => ({ name, version, digest });

test('says which plugins were added, removed and updated, and cuts a long list', () => {
  const running = [
    plugin('docs', '1.0.0'),
    plugin('files', null, 'a'),
    plugin('same', '1.0.0'),
    plugin('old', '1.0.0'),
  ];
  const next = [plugin('docs', '2.0.0'), plugin('files', null, 'b'), plugin('same', '1.0.0'), plugin('maps', '1.0.0')];
  expect(describeDifference(running, next)).toBe('docs 1.0.0 → 2.0.0, files updated, maps 1.0.0 added, old removed');
  expect(describeDifference(running, running)).toBe('configuration or grants');
  const many = Array.from({ length: 6 }, (_, index) => plugin(`p${index}`, null));
  expect(describeDifference([], many)).toBe('p0 added, p1 added, p2 added, 3 more');
});
