import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { findToolPaths } from '../tool-paths.ts';
import { compileRules, type RuleText } from './compile-rules.ts';
import { toRuledCall } from './to-ruled-call.ts';

const FOLDERS = { workspaceDir: '/no/workspace', workingDir: '/no/workspace', homeDir: '/no/home' };

/** Rules as `effect rule`, compared with calls of a session whose folders do not exist. */
function createRules(...texts: string[]) {
  const rules = compileRules(
    texts.map((text) => {
      const [, effect = '', rule = ''] = /^(\w+) (.*)$/s.exec(text) ?? [];
      return { effect: effect as RuleText['effect'], rule };
    }),
  );
  const decide = (toolName: string, input: Record<string, unknown>) =>
    rules.evaluate(
      toRuledCall({ toolName, input, paths: findToolPaths(toolName, input), readsOnly: () => false }, FOLDERS),
      'user',
    )?.effect;
  return { decide, run: (command: string) => decide('Bash', { command }) };
}

describe('a rule that allows a command', () => {
  const { run } = createRules(
    'allow Bash(git *)',
    'allow Bash(npm run test:*)',
    'allow Bash(ls)',
    'allow Bash(head *)',
  );

  it.each([
    ...[
      'git',
      'git status',
      'git log --oneline -5',
      "git commit -m 'a; rm -rf /'",
      'git commit -m "a && b"',
      'git   status',
    ],
    ...[
      'git status && git log',
      'git status || git log',
      'git status; git log',
      'git log | head -20',
      'git log |& head',
    ],
    ...['git status &', 'git status\ngit log', 'git status # rm -rf /', '"git" status', "g'i't status", 'g\\it status'],
    ...['npm run test', 'npm run test unit', 'npm run test -- --watch', 'ls', '( git status )', '{ git status; }'],
    ...[
      'timeout 5 git status',
      'timeout -s KILL 5 git status',
      'time git status',
      'nice -n 5 git status',
      'nohup git gc',
    ],
    ...['stdbuf -oL git log', 'command git status', 'timeout 5 nice git status', 'xargs git add', 'env git status'],
    ...['NODE_ENV=test git status', 'env NODE_ENV=test git status', 'git log > /dev/null 2>&1', 'git log 2>/dev/null'],
    ...[
      'git commit -m "$(git log -1)"',
      'git add $(git ls)',
      'git show $(git rev-parse HEAD)',
      'git add *.ts',
      'git add $FILE',
    ],
    ...[
      'git commit -F - <<EOF\nrm -rf /\nEOF',
      "git commit -F - <<'EOF'\n$(rm -rf /)\nEOF",
      'if git status; then git log; fi',
    ],
    ...['for f in a b; do git add $f; done', 'git log \\\n  --oneline', '! git status'],
  ])('covers %j', (command) => {
    expect(run(command)).toBe('allow');
  });

  it.each([
    ...['gitk', 'git-evil', './git status', '/tmp/git status', 'npm run tests', 'npm run', 'ls -la', 'GIT status'],
    ...[
      'git status && rm x',
      'git status || rm x',
      'git status; rm x',
      'git status & rm x',
      'git log | sh',
      'git log |& sh',
    ],
    ...[
      'git status\nrm x',
      'git status\r\nrm x',
      'git status &&\n rm x',
      'rm x; git status',
      'git status;rm x',
      'git status&rm x',
    ],
    ...[
      'git $(rm x)',
      'git `rm x`',
      'git "$(rm x)"',
      'git "a `rm x` b"',
      'git <(rm x)',
      'git >(rm x)',
      'git ${A:-$(rm x)}',
    ],
    ...[
      'git commit -F - <<EOF\n$(rm x)\nEOF',
      'git commit <<< $(rm x)',
      'git commit -F - <<EOF\nEOF\nrm x',
      'git $(git $(rm x))',
    ],
    ...[
      'git log > out',
      'git log >> out',
      'git log >| out',
      'git log &> out',
      'git log 2> out',
      'git log >~/.bashrc',
      'git <> out',
    ],
    ...[
      'git log < /etc/passwd',
      '> out git log',
      'git log > $FILE',
      '(git log) > out',
      '{ git log; } > out',
      'git log >& out',
    ],
    ...[
      'timeout 5 rm x',
      'timeout rm x',
      'timeout --unknown 5 git x',
      'nice rm x',
      'command rm x',
      'xargs rm',
      'xargs sh -c git',
    ],
    ...[
      'sudo git status',
      'sudo rm x',
      'env rm x',
      'env -i git status',
      'env -S "rm x" git',
      'env A=1 git status',
      'exec git x',
    ],
    ...[
      'setsid git x',
      'watch git x',
      'flock f git x',
      'ionice git x',
      'xargs -n1 git add',
      'doas git x',
      'su -c git',
      'find . -delete',
    ],
    ...[
      'PATH=/tmp git status',
      'GIT_SSH_COMMAND=evil git fetch',
      'A=$(rm x) git x',
      'A=1 git x',
      'NODE_ENV=$(rm x) git x',
      'A=1',
    ],
    ...[
      'PATH=/tmp; git status',
      'for PATH in /tmp; do git x; done',
      'git() { rm x; }; git',
      'function git { rm x; }',
      'eval git x',
    ],
    ...[
      'bash -c "git status"',
      "sh -c 'git x; rm y'",
      'eval "git x; rm y"',
      'bash',
      'bash <<< "rm x"',
      'git x | bash -s',
      'trap "rm x" EXIT',
    ],
    ...[
      '$GIT status',
      '"$GIT" status',
      'g{it,x} status',
      'gi* status',
      '$(echo git) status',
      '~/git status',
      "$'git' $[1]",
    ],
    ...[
      'git "unclosed',
      "git 'unclosed",
      'git $(unclosed',
      'git `unclosed',
      'git )',
      'git && ',
      'git ; ;',
      'git <<EOF',
      'if git x',
    ],
    ...[
      '[[ -v a[$(rm)] ]] && git x',
      '(( a[$(rm)] )); git x',
      'git $((a))',
      'git ${x@P}',
      'git ${!x}',
      'git ${a[x]}',
      'git ${A:=b}',
    ],
    ...[
      'coproc git x',
      'select x in a; do git x; done',
      'git a\u200bb',
      'git\u00a0status',
      'git \u202estatus',
      'git \0 rm',
      'git \x1b[2K',
    ],
    ...[
      'case x in x) rm y;; esac',
      'while git x; do rm y; done',
      'if rm x; then git x; fi',
      `git ${'a'.repeat(10_001)}`,
      `${'nohup '.repeat(50)}git x`,
      'git x;'.repeat(1000),
      '',
      ' ',
      '#',
    ],
    ...[
      'git {fd}>out',
      'git x; exec 3>out',
      'git x && cd /tmp',
      'export PATH=/tmp; git x',
      'alias git=rm; git x',
      '. ./x; git y',
    ],
  ])('does not cover %j', (command) => {
    expect(run(command)).toBeUndefined();
  });

  it('never covers what follows any separator, whatever is in front of it', () => {
    const separators = [
      ';',
      '&&',
      '||',
      '|',
      '|&',
      '&',
      '\n',
      ' ;\n',
      '; !',
      ' && (',
      '\\\n;',
      ' #\n',
      '; { ',
      '\n\n\t',
    ];
    const word = fc.oneof(
      fc.stringMatching(/^[a-z0-9=/._-]{1,8}$/),
      fc.constantFrom('"a b"', "'a;b'", '$(git x)', '`git x`', '${a}', '"$(git x)"', '*', '{a,b}', '\\;', '2>&1', '$a'),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 4 }), fc.constantFrom(...separators), (words, separator) => {
        const command = `git ${words.join(' ')}${separator} rm -rf x`;
        expect(run(command), command).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });

  it('is its own text where it has no wildcard, for a whole script too', () => {
    const exact = createRules('allow Bash(git status && npm test)', 'allow Bash(echo \\*)', 'allow Bash(sudo ls)');
    expect(exact.run('git status && npm test')).toBe('allow');
    expect(exact.run('npm test')).toBeUndefined();
    expect(exact.run('git status && npm test; rm x')).toBeUndefined();
    expect(exact.run('echo *')).toBe('allow');
    expect(exact.run('echo x')).toBeUndefined();
    expect(exact.run('sudo ls')).toBe('allow');
    expect(exact.run('sudo ls -l')).toBeUndefined();
    expect(exact.run('timeout 5 sudo ls')).toBe('allow');
  });

  it('for a wrapper does not cover the command in it', () => {
    const wrapped = createRules(
      'allow Bash(sudo *)',
      'allow Bash(timeout *)',
      'allow Bash(xargs *)',
      'allow Bash(git *)',
    );
    expect(wrapped.run('sudo git status')).toBe('allow');
    for (const command of [
      'sudo rm x',
      'timeout 5 rm x',
      'xargs rm',
      'xargs -n1 rm',
      'sudo -u a rm x',
      'sudo sh -c "rm x"',
    ]) {
      expect(wrapped.run(command), command).toBeUndefined();
    }
  });

  it.each([
    ['Bash(* install)', 'npm install', 'npm install x'],
    ['Bash(git * main)', 'git push origin main', 'git push main2'],
    ['Bash(ls*)', 'lsof', 'sl'],
    ['Bash(ls:*)', 'ls -l', 'lsof'],
    ['Bash(git:* push)', 'git:x push', 'git push'],
    ['Bash(* --help *)', 'x --help y', 'x --helper y'],
    ['Bash(echo \\(a\\))', 'echo (a)', 'echo a'],
  ])('with the pattern %s covers %j and not %j', (rule, yes, no) => {
    const { run: runOne } = createRules(`allow ${rule}`);
    expect([runOne(yes), runOne(no)]).toEqual(['allow', undefined]);
  });

  it('with Bash alone covers every command that no rule denies', () => {
    const all = createRules('allow Bash', 'deny Bash(rm *)');
    expect(all.run('curl x | sh -c "ls"')).toBe('allow');
    expect(all.run('git x; rm y')).toBe('deny');
  });
});

describe('a rule that denies a command', () => {
  const { run } = createRules('allow Bash', 'deny Bash(rm *)', 'ask Bash(git push *)');

  it.each([
    ...[
      'rm',
      'rm x',
      'ls && rm x',
      'ls | rm',
      'ls;rm x',
      'ls\nrm x',
      '(rm x)',
      '{ rm x; }',
      'ls & rm x',
      'echo $(rm x)',
      'echo `rm x`',
    ],
    ...[
      '"rm" x',
      "'rm' x",
      'r\\m x',
      "r''m x",
      "$'rm' x",
      'rm  x',
      '/bin/rm x',
      '\\rm x',
      'rm\\\n x',
      'FOO=bar rm x',
      'A=1 B=2 rm',
    ],
    ...[
      'timeout 5 rm x',
      'nice -n 5 rm x',
      'nohup rm x',
      'stdbuf -oL rm x',
      'command rm x',
      'env rm x',
      'env -i A=1 rm x',
      'sudo rm x',
    ],
    ...[
      'sudo -u root rm x',
      'sudo -- rm x',
      'xargs rm',
      'xargs -n1 rm',
      'exec rm x',
      'setsid rm x',
      'time rm x',
      'sudo env nice rm x',
    ],
    ...[
      'sh -c "rm x"',
      "bash -lc 'ls; rm x'",
      'eval "rm x"',
      'eval rm x',
      'find . -exec rm {} \\;',
      'trap "rm x" EXIT',
    ],
    ...[
      'f() { rm x; }; f',
      'if true; then rm x; fi',
      'while true; do rm x; done',
      'case x in x) rm x;; esac',
      'cat <<EOF\n$(rm x)\nEOF',
    ],
    ...[
      'echo ${A:-$(rm x)}',
      'cat <(rm x)',
      'A=$(rm x)',
      'coproc rm x',
      '[[ $(rm x) ]]',
      '! rm x',
      'rm x > /dev/null',
      'rm "$FILE"',
      '~/rm x',
    ],
  ])('denies %j', (command) => {
    expect(run(command)).toBe('deny');
  });

  it.each([
    ...[
      '$X y',
      '"$X" y',
      '{rm,x}',
      'r? x',
      'r[m] x',
      'bash',
      'curl x | sh',
      'eval "$X"',
      'sh -c "$X"',
      'env -S "rm x"',
    ],
    ...[
      'echo "unclosed',
      'ls )',
      'ls \u200b',
      'watch ls',
      'su -c ls',
      'parallel ls',
      'timeout --odd 5 ls',
      `ls ${'a'.repeat(10_001)}`,
    ],
    ...['git $X', 'git push', 'git push origin', 'git ${A}sh x', 'xargs git'],
  ])('asks about %j, which may be it', (command) => {
    expect(run(command)).toBe('ask');
  });

  it.each([
    ...[`rm ${'a'.repeat(10_001)}`, `rm x; ${'env '.repeat(4)}ls${' x'.repeat(4000)}`, `rm x;${'ls;'.repeat(1000)}`],
    `echo ${'$('.repeat(3)}rm x${')'.repeat(3)} ${'$('.repeat(50)}ls${')'.repeat(50)}`,
  ])('denies what was seen of what is too much: %#', (command) => {
    expect(run(command)).toBe('deny');
  });

  it.each([`${'env '.repeat(2400)}rm`, `${'ls;'.repeat(1000)}rm x`, `${'echo $('.repeat(50)}rm x${')'.repeat(50)}`])(
    'asks about what is too much, which may hide it: %#',
    (command) => {
      expect(run(command)).toBe('ask');
    },
  );

  it.each([
    ['$X$X', 'ask'],
    ['git p$X$Y-$Z', 'allow'],
    ['git p$X$Y', 'ask'],
    ['git p${X}s$Y', 'ask'],
    ['git p${X}s${Y}ush', 'allow'],
    ['git push$X -f', 'allow'],
  ])('decides %j by what its variables may be: %s', (command, effect) => {
    expect(createRules('deny Bash(git push)', 'allow Bash').run(command)).toBe(effect);
  });

  it.each(['ls', 'rmdir x', 'git pull', 'echo rm x', 'echo "rm x"', 'ls $X', 'cat "$X"', 'ls *.ts'])(
    'leaves %j',
    (command) => {
      expect(run(command)).toBe('allow');
    },
  );
});

describe('a rule for files', () => {
  const read = (rules: ReturnType<typeof createRules>, path: string) => rules.decide('Read', { file_path: path });
  const edit = (rules: ReturnType<typeof createRules>, path: string) => rules.decide('Edit', { file_path: path });

  it.each([
    [
      'Edit(src/**)',
      ['src/app.ts', '/no/workspace/src/a/b.ts', './src/x', 'src/../src/x'],
      ['vendor/src/lib.js', 'srcs/x', '../src/x', '/src/x'],
    ],
    ['Edit(/src/**)', ['src/app.ts'], ['vendor/src/lib.js', '/src/app.ts']],
    ['Edit(**/src/**)', ['src/app.ts', 'vendor/pkg/src/lib.js'], ['src2/a']],
    ['Edit(//tmp/scratch.txt)', ['/tmp/scratch.txt'], ['/tmp/scratch.txt2', 'tmp/scratch.txt', '/a/tmp/scratch.txt']],
    ['Edit(~/notes/*.md)', ['/no/home/notes/a.md'], ['/no/home/notes/a/b.md', '/no/home/a.md', 'notes/a.md']],
    ['Edit(*.env)', ['a.env', 'deep/b.env'], ['a.env2', '/other/a.env']],
    ['Edit(./.env)', ['.env'], ['deep/.env']],
    ['Edit(docs)', ['docs/a', 'docs', 'a/docs/b'], ['docs2/a']],
    ['Edit(a?[b-d]/x\\*)', ['a1b/x*', 'azd/x*'], ['a1e/x*', 'a1b/xy', 'a/b/x*']],
    ['Edit', ['a', '/etc/x'], []],
  ] as const)('that allows %s', (rule, covered, others) => {
    const rules = createRules(`allow ${rule}`);
    for (const path of covered) expect(edit(rules, path), path).toBe('allow');
    for (const path of others) expect(edit(rules, path), path).toBeUndefined();
    expect(read(rules, covered[0])).toBeUndefined();
  });

  it.each([
    ['Read(.env)', ['.env', 'a/b/.env', './.ENV', 'a/../.env', '.env/x'], ['.env2', '/other/.env']],
    ['Read(//**/.env)', ['/any/.env', '.env'], ['env']],
    ['Read(secrets/**)', ['secrets/a', 'deep/secrets/a', 'secrets'], ['secret/a']],
    ['Read(~/.ssh/**)', ['~/.ssh/id_rsa', '/no/home/.ssh/id_rsa'], ['.ssh/id_rsa']],
  ] as const)('that denies %s', (rule, covered, others) => {
    const rules = createRules(`deny ${rule}`);
    for (const path of covered) {
      expect([read(rules, path), edit(rules, path), rules.decide('Grep', { pattern: 'x', path })], path).toEqual([
        'deny',
        'deny',
        'deny',
      ]);
    }
    for (const path of others) expect(read(rules, path), path).toBeUndefined();
  });

  it('is for the words and redirections of commands too', () => {
    const rules = createRules('allow Bash', 'deny Read(.env)', 'deny Edit(locked/**)', 'ask Edit(asked)');
    for (const command of [
      'cat .env',
      'cat < .env',
      'head -n 1 a/.env',
      'grep x .env',
      'sudo cat .env',
      'sh -c "cat .env"',
      'cp .env x',
    ])
      expect(rules.run(command), command).toBe('deny');
    for (const command of [
      'ls > locked/a',
      'tee locked/a',
      'rm locked/a',
      'sed -i s/a/b/ locked/a',
      'cp a locked/b',
      'ls >> locked/a',
    ])
      expect(rules.run(command), command).toBe('deny');
    for (const command of ['ls > asked', 'ls > $X', 'cat $X', 'cd a; cat env', 'ls > *', 'cd a; cat < b'])
      expect(rules.run(command), command).toBe('ask');
    for (const command of ['cat env', 'ls > open', 'ls locked']) expect(rules.run(command), command).toBe('allow');
  });

  it('allows the redirections of an allowed command', () => {
    const rules = createRules('allow Bash(git *)', 'allow Edit(out/**)', 'allow Read(in/**)');
    for (const command of ['git log > out/a', 'git log >> out/a 2>&1', 'git apply < in/a'])
      expect(rules.run(command), command).toBe('allow');
    for (const command of ['git log > out', 'git log > in/a', 'git log > out/../a', 'git apply < out/a'])
      expect(rules.run(command), command).toBeUndefined();
  });

  it('takes no time that grows with what an agent calls its files', () => {
    const rules = createRules('deny Read(**/a/**/a/**/a/**/a*a*a*a*b)');
    const begin = performance.now();
    read(rules, 'a/'.repeat(2000));
    read(rules, 'a'.repeat(4000));
    expect(performance.now() - begin).toBeLessThan(500);
  });
});

describe('a rule for other tools', () => {
  it.each([
    ['WebFetch(domain:example.com)', 'https://Example.com./x', 'https://a.example.com/'],
    ['WebFetch(domain:*.example.com)', 'https://a.b.example.com/', 'https://example.com/'],
    ['WebFetch(domain:example.*)', 'https://example.org/', 'https://example.evil.com/'],
    ['WebFetch(domain:*)', 'http://1.2.3.4:80/', 'no url'],
    ['WebFetch(domain:example.com)', 'https://user@example.com:8443/', 'https://example.com@evil.com/'],
  ])('%s covers %s and not %s', (rule, yes, no) => {
    const { decide } = createRules(`allow ${rule}`);
    expect([decide('WebFetch', { url: yes }), decide('WebFetch', { url: no })]).toEqual(['allow', undefined]);
  });

  it.each([
    ['allow mcp__docs', 'mcp__docs__search', 'mcp__docs2__search'],
    ['allow mcp__docs__*', 'mcp__docs__search', 'mcp__docs2__search'],
    ['allow mcp__docs__get_*', 'mcp__docs__get_page', 'mcp__docs__set_page'],
    ['deny mcp__*', 'mcp__docs__search', 'Bash'],
    ['deny B*', 'Bash', 'Agent'],
    ['deny Agent(Explore)', 'Agent', 'Bash'],
    ['deny Bash(run_in_background:true)', 'Bash', 'Agent'],
    ['ask WebSearch', 'WebSearch', 'WebFetch'],
  ])('%s covers %s and not %s', (rule, yes, no) => {
    const { decide } = createRules(rule);
    const input = { subagent_type: 'Explore', run_in_background: true, command: 'ls' };
    expect(decide(yes, input)).toBe(rule.split(' ')[0]);
    expect(decide(no, input)).toBeUndefined();
  });
});

describe('compileRules', () => {
  it('lets deny win, then ask, whatever their order and how exact they are', () => {
    const rules = createRules('allow Bash(aws s3 ls)', 'ask Bash(aws s3 *)', 'deny Bash(aws * rm)');
    expect(['aws s3 ls', 'aws s3 rm', 'aws'].map(rules.run)).toEqual(['ask', 'deny', undefined]);
  });

  it('takes a rule with roles for these roles only', () => {
    const rules = compileRules([{ effect: 'deny', rule: 'Bash', roles: ['user'] }]);
    const call = toRuledCall(
      { toolName: 'Bash', input: { command: 'ls' }, paths: [], readsOnly: () => false },
      FOLDERS,
    );
    expect([rules.evaluate(call, 'user')?.effect, rules.evaluate(call, 'admin')]).toEqual(['deny', undefined]);
  });

  it.each([
    ...[
      '',
      'Bash(',
      'Bash()',
      '(git *)',
      'bash(git *)',
      'Bash (git *)',
      'Edit(!src)',
      'Edit(../x)',
      'Edit(a//b)',
      'Edit(~root/x)',
    ],
    ...[
      'WebFetch(https://x)',
      'WebFetch(domain:)',
      'WebFetch(domain:a/b)',
      'allow-all',
      'mcp__*(x)',
      'Bash(command:rm *)',
      'WebSearch(x)',
    ],
    ...['*', 'B*', 'mcp__*', 'Agent(model:opus)', 'Edit(/)'],
  ])('refuses %j as a rule that allows', (rule) => {
    expect(() =>
      compileRules([
        { effect: 'deny', rule: 'Bash' },
        { effect: 'allow', rule },
      ]),
    ).toThrow(expect.objectContaining({ index: 1, message: expect.stringMatching(/\w/) }));
  });
});

describe('rules that ask under terms', () => {
  const rules = compileRules([
    { effect: 'deny', rule: 'Bash(rm *)' },
    { effect: 'ask', rule: 'Bash', expires_in_seconds: 900 },
    { effect: 'ask', rule: 'Bash(git push *)', four_eyes: true },
    { effect: 'ask', rule: 'Bash(git *)', expires_in_seconds: 60 },
    { effect: 'ask', rule: 'WebFetch' },
  ]);
  const termsOf = (toolName: string, input: Record<string, unknown>) => {
    const call = { toolName, input, paths: [], readsOnly: () => false };
    return rules.evaluate(toRuledCall(call, FOLDERS), 'user')?.terms;
  };

  it.each([
    ['ls', { fourEyes: false, expiresInSeconds: 900 }],
    ['git status', { fourEyes: false, expiresInSeconds: 60 }],
    ['ls && git push origin', { fourEyes: true, expiresInSeconds: 60 }],
    ['"$TOOL" push origin', { fourEyes: true, expiresInSeconds: 60 }],
    ['rm x && git push origin', undefined],
  ])('take the strictest of all that may speak of it: %s', (command, terms) => {
    expect(termsOf('Bash', { command })).toEqual(terms);
  });

  it('are none where no rule sets any', () => {
    expect(termsOf('WebFetch', { url: 'https://example.com/' })).toBeUndefined();
  });
});
