import { execFileSync } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BOUNDS, judgeShell } from './judge-shell.ts';

/** 3,000 of other seeds ran without a miss. */
const [SCRIPTS, SEED] = [200, 7];

/** Scripts of three programs, nested in what a shell has, with a piece put somewhere that may turn what is around it. */
function createScripts() {
  const quote = fc.constantFrom('"', "'", '');
  const { script } = fc.letrec<{ script: string; word: string; command: string }>((tie) => ({
    word: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc
        .tuple(
          quote,
          fc.constantFrom('a', 'a b', '-x', '\\', '$y', '#', '*', '{a,b}', '~', '=', ';', '&', '|', '(', '!'),
        )
        .map(([q, text]) => q + text + q),
      tie('script').map((each) => `$(${each})`),
      tie('script').map((each) => `"$(${each})"`),
      tie('script').map((each) => `\`${each.replaceAll(/[\\`]/g, String.raw`\$&`)}\``),
      tie('script').map((each) => `\${y:-$(${each})}`),
      tie('script').map((each) => `<(${each})`),
    ),
    command: fc
      .tuple(
        fc.constantFrom('aa', 'bb', 'cc', '"aa"', "b'b'", 'c\\c', 'y=1 aa'),
        fc.array(tie('word'), { maxLength: 2 }),
      )
      .map(([name, words]) => [name, ...words].join(' ')),
    script: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      tie('command'),
      fc
        .tuple(
          tie('command'),
          fc.constantFrom(';', ' && ', ' || ', ' | ', ' |& ', ' & ', '\n', ' \\\n '),
          tie('script'),
        )
        .map((each) => each.join('')),
      tie('script').map((each) => `( ${each} )`),
      tie('script').map((each) => `{ ${each}\n}`),
      tie('script').map((each) => `if aa; then ${each}\nfi`),
      tie('script').map((each) => `for x in 1 2; do ${each}\ndone`),
      tie('script').map((each) => `case 1 in 1) ${each}\n;; esac`),
      tie('script').map((each) => `! ${each}`),
      tie('script').map((each) => `aa <<< "$(${each})"`),
      fc
        .tuple(tie('script'), fc.constantFrom('E', "'E'", '"E"', '\\E'))
        .map(([each, end]) => `aa <<${end}\n$(${each})\nE\nbb`),
    ),
  }));
  const pieces = [
    '"',
    "'",
    '\\',
    '`',
    '$',
    '(',
    ')',
    '#',
    ' #',
    '\n',
    ';',
    '{',
    '}',
    '&',
    '|',
    '$(',
    '${',
    "$'",
    '\\\n',
    '<<E\n',
    '!',
    '=',
    ' ',
  ];
  return fc.tuple(script, fc.constantFrom('', '', ...pieces), fc.nat(200)).map(([text, piece, at]) => {
    const index = at % (text.length + 1);
    return text.slice(0, index) + piece + text.slice(index);
  });
}

describe('what a real shell runs', () => {
  it('is among the commands that were found, or the script was not understood', async () => {
    await using root = await createWorkspaceDir({ 'bin/x': '', 'work/x': '', 'ran/x': '' });
    const bin = join(root.path, 'bin');
    for (const name of ['aa', 'bb', 'cc']) {
      await writeFile(join(bin, name), `#!/bin/bash\necho ${name} >> "$RAN"\n`);
      await chmod(join(bin, name), 0o755);
    }
    const scripts = fc
      .sample(createScripts(), { numRuns: SCRIPTS, seed: SEED })
      .filter((each) => judgeShell(each).doubt === undefined && judgeShell(each).files.length === 0);
    // One shell for all: each script runs in one of its own, which finds nothing but the three programs.
    const one = `env -i PATH=${bin} RAN=../ran/$((n++)) /usr/bin/timeout 2 /bin/bash -c "$script"`;
    const runner = `n=0; while IFS= read -r -d "" script; do ${one} < /dev/null > /dev/null 2>&1; done`;
    execFileSync('/bin/bash', ['-c', runner], {
      ...{ cwd: join(root.path, 'work'), env: { PATH: '/usr/bin:/bin' }, timeout: 60_000 },
      input: scripts.map((each) => `${each}\0`).join(''),
    });
    const ran = await Promise.all(
      scripts.map((_, index) => readFile(join(root.path, 'ran', `${index}`), 'utf8').catch(() => '')),
    );
    expect(ran.filter((names) => names !== '').length).toBeGreaterThan(SCRIPTS / 4);
    for (const [index, script] of scripts.entries()) {
      const found = judgeShell(script).deniedTexts.map((text) => text.split(' ')[0]);
      const missed = (ran[index] ?? '').split('\n').filter((name) => name !== '' && !found.includes(name));
      expect(missed, JSON.stringify(script)).toEqual([]);
    }
  });
});

describe('a script that is too much', () => {
  const nest = (open: string, close: string, count: number) => `${open.repeat(count)}a${close.repeat(count)}`;
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
  const quote = (script: string) => `'${script.replaceAll("'", String.raw`'\''`)}'`;
  const nestShells = (count: number) => numbers(count).reduce((script) => `sh -c ${quote(script)}`, 'a');

  it.each([
    ...['env ', 'env A=b ', 'xargs ', 'nohup ', 'sudo ', 'nice ', 'timeout 5 ', 'exec ', '/bin/env ', 'eval '].map(
      (wrapper): [string, string, string] => [wrapper, nest(wrapper, '', BOUNDS.layers), nest(wrapper, '', 1000)],
    ),
    ['sh -c', nestShells(2), nestShells(BOUNDS.layers + 1)],
    ['$(', nest('a $(', ')', 7), nest('a $(', ')', 200)],
    ['"$(', nest('a "$(', ')"', 7), nest('a "$(', ')"', 200)],
    ['<(', nest('a <(', ')', 7), nest('a <(', ')', 200)],
    ['${a:-', nest('b ${a:-', '}', 7), nest('b ${a:-', '}', 200)],
    ['a heredoc', 'a <<E\n$(b)\nE', `a <<E\n${nest('$(', ')', 100)}\nE`],
    [';', 'a;'.repeat(BOUNDS.commands), 'a;'.repeat(BOUNDS.commands + 1)],
    ['|', `${'a|'.repeat(BOUNDS.commands - 1)}a`, `${'a|'.repeat(BOUNDS.commands)}a`],
    ['words of a program that reads files', `cat ${'a '.repeat(BOUNDS.files)}`, `cat ${'a '.repeat(BOUNDS.files + 1)}`],
    ['>', `a${' >b'.repeat(BOUNDS.files)}`, `a${' >b'.repeat(BOUNDS.files + 1)}`],
    [
      'paths',
      `cat ${`${'a/'.repeat(9)}a `.repeat(BOUNDS.pathParts / 10)}`,
      `cat ${`${'a/'.repeat(10)}a `.repeat(BOUNDS.pathParts / 10)}`,
    ],
    ['long words', `env ${'a'.repeat(9000)}`, `${'env '.repeat(5)}${'a'.repeat(9000)}`],
  ])('is not understood: %j', (_, enough, tooMuch) => {
    expect(judgeShell(enough).doubt).toBeUndefined();
    expect(judgeShell(tooMuch).doubt).toBeDefined();
  });

  it.each([
    'env '.repeat(2400),
    '/bin/env '.repeat(1100),
    nest('a "$(', ')"', 1100),
    nest('a `', '`', 2000),
    numbers(1500)
      .map((index) => `a${index};`)
      .join(''),
    numbers(400)
      .map((index) => `env env env env a${index};`)
      .join(''),
    numbers(300)
      .map((index) => `sh -c "a b $c ${index}";`)
      .join(''),
    `cat ${'a '.repeat(4000)}`,
    `cat ${'a/'.repeat(4000)}`,
    'a'.repeat(1_000_000),
  ])('gives the rules no more to compare than the bounds say: %#', (script) => {
    const { deniedTexts, files } = judgeShell(script);
    // Each command is there as it is written and as it is called, with the path of the program and without.
    expect(deniedTexts.length).toBeLessThanOrEqual(3 * BOUNDS.commands + 1);
    expect(deniedTexts.join('').length).toBeLessThanOrEqual(3 * BOUNDS.chars);
    expect(files.length).toBeLessThanOrEqual(BOUNDS.files);
    expect(files.flatMap(({ target }) => target.value.split('/')).length).toBeLessThanOrEqual(BOUNDS.pathParts);
  });
});
