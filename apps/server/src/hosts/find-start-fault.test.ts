import { chmod, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { findStartFault, type FailedStart } from './find-start-fault.ts';

const START: FailedStart = {
  ...{ command: 'npx', path: '/usr/bin:/bin', cwd: '/', readableDirs: [], confines: true, code: 127, stderr: '' },
};
const missing = (command: string) => `prlimit: failed to execute ${command}: No such file or directory\n`;

it('names the program that is missing, where it was looked for, and the settings that show it', () => {
  const none = { ...START, command: 'no-such-runner' };
  for (const stderr of [missing(none.command), `bwrap: execvp ${none.command}: No such file or directory`]) {
    const fault = findStartFault({ ...none, stderr });
    expect(fault?.text).toBe('the program no-such-runner is not found inside the sandbox, in the PATH /usr/bin:/bin');
    expect(fault?.remedy).toContain('CLAUDE_SDK_PATTERN_SANDBOX_READABLE_PATHS');
    expect(fault?.remedy).toContain('CLAUDE_SDK_PATTERN_AGENT_PATH');
  }
  const error = Object.assign(new Error('spawn no-such-runner ENOENT'), { code: 'ENOENT' });
  const plain = findStartFault({ ...none, confines: false, code: null, error });
  expect(plain?.text).toBe('the program no-such-runner is not found, in the PATH /usr/bin:/bin');
  expect(plain?.remedy).not.toContain('SANDBOX');
  expect(findStartFault({ ...none, cwd: '/nowhere', code: null, error })?.text).toContain('the folder /nowhere');
  expect(findStartFault({ ...START, stderr: "bwrap: Can't chdir to /a b: No such file" })?.text).toContain('/a b,');
});

it('tells a program that the sandbox hides, and says nothing of files that nobody shows', async () => {
  await using dir = await createWorkspaceDir({ 'bin/runner': '#!/bin/sh\n' });
  const file = join(dir.path, 'bin/runner');
  const found = findStartFault({ ...START, command: 'runner', path: join(dir.path, 'bin'), stderr: missing('runner') });
  expect(found?.text).toBe(`the program runner is not found inside the sandbox, which does not show ${file}`);
  expect(found?.remedy).toContain(`Add ${dir.path} to CLAUDE_SDK_PATTERN_SANDBOX_READABLE_PATHS`);
  // The same answer for a file that is there and for one that is not.
  const [there, absent] = [file, `${file}s`].map((command) =>
    findStartFault({ ...START, command, stderr: missing(command) })?.text.replace(command, 'X'),
  );
  expect(there).toBe(absent);
  await symlink('/etc/passwd', join(dir.path, 'link'));
  expect(findStartFault({ ...START, command: './link', cwd: dir.path, stderr: missing('./link') })?.text).toBe(
    'the program ./link is not found inside the sandbox',
  );
});

it('tells what else keeps a program from starting', async () => {
  const elf = Buffer.alloc(64);
  elf.write('\x7fELF\x02\x01', 'latin1');
  // Of a machine that runs no tests.
  elf.writeUInt16LE(243, 18);
  await using dir = await createWorkspaceDir({ old: '#!/opt/none/python3\n', plain: 'x', data: 'x' });
  await writeFile(join(dir.path, 'other'), elf);
  for (const name of ['old', 'other']) await chmod(join(dir.path, name), 0o755);
  const find = (name: string, said: (command: string) => string, code = 127) => {
    const command = join(dir.path, name);
    return findStartFault({ ...START, command, readableDirs: [dir.path], code, stderr: said(command) })?.text;
  };
  expect(find('old', missing)).toContain('/opt/none/python3, which the first line of');
  expect(find('any', () => '/usr/bin/env: ‘python9’: No such file or directory\n')).toContain('python9, which');
  const denied = (command: string) => `prlimit: failed to execute ${command}: Permission denied\n`;
  expect(find('plain', denied, 126)).toContain('plain may not be executed');
  expect(find('', denied, 126)).toContain('is a folder');
  expect(find('other', (command) => `${command}: 1: ELF: not found\n`)).toContain('was built for riscv64');
  // It ran, and ended by itself.
  expect(find('old', () => 'Error: no key\n', 1)).toBeUndefined();
});
