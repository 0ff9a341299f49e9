import { execFileSync } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { judgeShell } from './judge-shell.ts';

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
