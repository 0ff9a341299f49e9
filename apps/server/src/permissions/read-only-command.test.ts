import { describe, expect, it } from 'vitest';

import { isReadOnlyCommand } from './read-only-command.ts';
import { splitWords } from './split-words.ts';

/** Of a workspace without links; a name that begins with `folder` is one. */
const paths = {
  isInside: (path: string) => !path.startsWith('/') && !/(^|\/)\.\.(\/|$)/.test(path) && !path.startsWith('link'),
  isFolder: (path: string) => path.startsWith('folder'),
};

describe('isReadOnlyCommand', () => {
  it.each([
    ...['echo hi', 'ls -la', 'cat src/a.ts', 'grep -n "TODO" src/a.ts', 'grep -rn TODO src', 'pwd', 'head -20 a.txt'],
    ...['tail -n 5 a.txt', 'wc -l a.txt b.txt', "cut -d' ' -f1,2 a.txt", 'diff -u a.txt b.txt', 'du -sh .', 'uname -a'],
    ...[
      'cat -- a.txt',
      'cat -',
      'grep -e "a b" -A3 a.txt',
      "stat -c '%s %n' a.txt",
      'md5sum a.txt',
      'echo /etc/passwd',
    ],
  ])('knows that %s only reads', (command) => {
    expect(isReadOnlyCommand(command, paths)).toBe(true);
  });

  it.each([
    ...['echo hi > a', 'cat $(rm a)', 'cat `rm a`', 'ls | sh', 'ls\nrm a', 'find . -delete', 'env', 'echo $HOME', ''],
    ...['cat /etc/passwd', 'cat ../secret', 'cat ~/.ssh/id_rsa', 'cat\u00a0x', 'sh -c ls', 'A=b cat a.txt', 'cat a*'],
    ...['cat "a.txt', "echo 'a", 'constructor a.txt'],
  ])('does not trust %j', (command) => {
    expect(isReadOnlyCommand(command, paths)).toBe(false);
  });

  it.each([
    ...['wc --files0-from=list', 'wc --files0-from list', 'du --files0-from=list', 'du -X list', 'md5sum -c sums'],
    ...['sha256sum --check sums', 'grep -f patterns a.txt', 'grep -vfpatterns a.txt', 'grep --file=patterns x'],
    ...['diff --from-file=a b', 'diff -l a.txt b.txt', 'ls --unheard-of'],
  ])('asks about an option that names files of files, or that it does not know: %s', (command) => {
    expect(isReadOnlyCommand(command, paths)).toBe(false);
  });

  it.each([
    'cat link',
    'cat "link"',
    "cat 'link a'",
    'cat a.txt link/b',
    'cat -- link',
    'grep -e link',
    'cat ""/etc/x',
  ])('asks where a word leads out of the workspace: %s', (command) => {
    expect(isReadOnlyCommand(command, paths)).toBe(false);
  });

  it.each(['grep -R x folder', 'ls -LR folder', 'du -L folder', 'diff -r folder folder2', 'diff folder folder2'])(
    'asks where links below a folder would be followed: %s',
    (command) => {
      expect(isReadOnlyCommand(command, paths)).toBe(false);
    },
  );

  it.each(['tail -f a.txt', 'tail -F a.txt', 'tail -fn 5 a.txt'])('asks before it waits for more: %s', (command) => {
    expect(isReadOnlyCommand(command, paths)).toBe(false);
  });
});

it('splits words as a shell does', () => {
  expect(splitWords(`cat  "a b"c 'd"e' ""\tf `)).toEqual(['cat', 'a bc', 'd"e', '', 'f']);
  expect(splitWords('')).toEqual([]);
  expect(splitWords(`cat "a'`)).toBeUndefined();
});
