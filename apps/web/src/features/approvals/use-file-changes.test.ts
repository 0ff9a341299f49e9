import { expect, test } from 'vitest';

import { toReadablePath } from './use-file-changes.ts';

const write = (file_path: string) => ({ name: 'Write', server: null, input: { file_path }, secrets: null });

test('only a file in the workspace of the session itself is read for a comparison', () => {
  expect(toReadablePath(write('/data/workspaces/sesn_1/src/a.ts'), 'sesn_1')).toBe('src/a.ts');
  expect(toReadablePath(write('/data/workspaces/sesn_2/src/a.ts'), 'sesn_1')).toBe(null);
  expect(toReadablePath(write('/etc/passwd'), 'sesn_1')).toBe(null);
  expect(toReadablePath(write('/data/workspaces/sesn_1/../sesn_2/a.ts'), 'sesn_1')).toBe(null);
  // It depends on the folder in which Claude Code happens to be.
  expect(toReadablePath(write('a.ts'), 'sesn_1')).toBe(null);
});

test('a text with masks in place of secrets is compared with nothing', () => {
  const path = '/data/workspaces/sesn_1/.env';
  const original = { file_path: path, content: 'KEY=abc' };
  const masked = { ...write(path), secrets: { places: [], original, hidden: [] } };
  expect(toReadablePath(masked, 'sesn_1')).toBe(null);
  expect(toReadablePath({ ...masked, input: original }, 'sesn_1')).toBe('.env');
});
