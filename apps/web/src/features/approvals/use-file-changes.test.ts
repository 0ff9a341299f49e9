import { expect, test } from 'vitest';

import { toReadablePath } from './use-file-changes.ts';

const write = (file_path: string) => ({ name: 'Write', server: null, input: { file_path }, secrets: null });

test('a file is read where the call names the very one that it writes', () => {
  const path = '/data/workspaces/5c8d2f0e-0b1c-4a57-9d0e-6b1f3c2a7e94/src/a.ts';
  expect(toReadablePath(write(path))).toBe(path);
  // It depends on the folder in which Claude Code happens to be.
  expect(toReadablePath(write('a.ts'))).toBe(null);
  expect(toReadablePath(write('/data/workspaces/../a.ts'))).toBe(null);
  // Claude Code (2.1.332) takes off blanks and composes letters: what has exactly this name is another file.
  for (const other of [`${path} `, ` ${path}`, `${path}e\u0301`]) expect(toReadablePath(write(other))).toBe(null);
});

test('a text with masks in place of secrets is compared with nothing', () => {
  const path = '/data/workspaces/sesn_1/.env';
  const original = { file_path: path, content: 'KEY=abc' };
  const masked = { ...write(path), secrets: { places: [], original, hidden: [] } };
  expect(toReadablePath(masked)).toBe(null);
  expect(toReadablePath({ ...masked, input: original })).toBe(path);
});
