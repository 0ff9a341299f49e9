import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { PermissionMode, SecretMode } from '@claude-sdk-pattern/protocol';
import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { describe, expect, it } from 'vitest';

import type { ToolPolicy } from '../definitions/tool-policy.ts';
import type { Role } from '../identity/actor.ts';
import { listAttempts, toLiteralCommand } from '../../test/support/escape-attempts.ts';
import { createPermissionGate } from './gate.ts';
import { compileRules, type RuleText } from './rules/compile-rules.ts';

interface GateSetting {
  mode?: PermissionMode;
  rules?: string[];
  mayRunWithoutApproval?: boolean;
  toolPolicy?: ToolPolicy;
  mayNeverAsk?: boolean;
  role?: Role;
  secretMode?: SecretMode;
  /** Of the platform. */
  policy?: readonly RuleText[];
  /** Granted to plugins. */
  granted?: readonly string[];
}

/** A workspace beside a folder that is none of the agent's business. */
async function openGate(setting: GateSetting = {}) {
  const { mode = 'default', rules = [], mayRunWithoutApproval = true, toolPolicy = 'auto' } = setting;
  const { mayNeverAsk = true, role = 'user', policy = [], secretMode = 'ask' } = setting;
  const platformRules = compileRules(policy);
  const pluginRules = compileRules((setting.granted ?? []).map((rule) => ({ effect: 'allow', rule })));
  const root = await createWorkspaceDir({
    'workspace/inside.txt': '',
    'workspace-other/file.txt': '',
    'outside/secret.txt': '',
    'config/plans/plan.md': '',
    'config/settings.json': '{}',
    'config/projects/p/s/tool-results/one.txt': '',
    'config/projects/p/s.jsonl': '',
  });
  const workspace = join(root.path, 'workspace');
  const gate = createPermissionGate({
    guardVerdict: () => undefined,
    secretMode: () => secretMode,
    workspaceDir: () => workspace,
    configDir: () => join(root.path, 'config'),
    homeDir: () => join(root.path, 'home'),
    platformRules: () => platformRules,
    pluginRules: () => pluginRules,
    role: () => role,
    mayNeverAsk: () => mayNeverAsk,
    mode: () => mode,
    toolPolicy: () => toolPolicy,
    mayRunWithoutApproval: () => mayRunWithoutApproval,
    isCustomTool: (toolName) => toolName.startsWith('mcp__custom__'),
    sessionRules: () => new Set(rules),
  });
  return {
    root: root.path,
    workspace,
    evaluate: gate.evaluate,
    decide: (tool: string, input: Record<string, unknown>, workingDir?: string) =>
      gate.evaluate(tool, input, workingDir).permission,
    [Symbol.asyncDispose]: () => root[Symbol.asyncDispose](),
  };
}

it('asks about every way out of the workspace that docs/operate/security.md lists', async () => {
  await using gate = await openGate();
  const dir = join(gate.root, 'outside');
  const marker = join(dir, 'marker.txt');
  await writeFile(marker, '');
  await symlink(marker, join(gate.workspace, 'soft'));
  await symlink(dir, join(gate.workspace, 'away'));
  const outside = { dir, marker, word: '', database: join(gate.root, 'csp.db') };
  const decided = listAttempts(outside).flatMap(({ name, by }) => {
    if ('command' in by) return [[name, gate.decide('Bash', { command: toLiteralCommand(name, by.command, outside) })]];
    return 'tool' in by ? [[name, gate.decide(by.tool, by.input)]] : [];
  });
  expect(decided.length).toBeGreaterThan(30);
  expect(decided.filter(([, permission]) => permission !== 'ask')).toEqual([]);
});

describe('reading a resource of an MCP server', () => {
  const read = { server: 'docs', uri: 'docs://a' };
  const deny = (rule: string): RuleText => ({ effect: 'deny', rule });
  it.each([
    [{}, 'ask'],
    [{ toolPolicy: 'disabled' }, 'deny'],
    [{ toolPolicy: 'always_allow' }, 'allow'],
    [{ rules: ['mcp__docs__ReadMcpResourceTool'] }, 'allow'],
    [{ granted: ['mcp__docs'] }, 'allow'],
    [{ policy: [deny('mcp__docs')], toolPolicy: 'always_allow' }, 'deny'],
    [{ policy: [deny('ReadMcpResourceTool')], toolPolicy: 'always_allow' }, 'deny'],
    [{ policy: [{ effect: 'allow', rule: 'ReadMcpResourceTool' }] }, 'allow'],
    [{ policy: [deny('mcp__other')], toolPolicy: 'always_allow' }, 'allow'],
    [{ mode: 'plan' }, 'deny'],
  ] satisfies [GateSetting, string][])('is decided as a call of its tools: %j', async (setting, expected) => {
    await using gate = await openGate(setting);
    expect(gate.decide('ReadMcpResourceTool', read)).toBe(expected);
  });
});

describe('a path', () => {
  it('is inside the workspace whether it is relative or absolute, and whether it exists or not', async () => {
    await using gate = await openGate();
    for (const path of ['inside.txt', './new/deep/file.txt', gate.workspace, join(gate.workspace, 'inside.txt')]) {
      expect(gate.decide('Read', { file_path: path }), path).toBe('allow');
    }
  });

  it('is outside when it climbs out, or only begins like the workspace', async () => {
    await using gate = await openGate({ mode: 'acceptEdits' });
    const paths = [
      '../outside/secret.txt',
      'sub/../../outside/new.txt',
      join(gate.workspace, '..', 'outside', 'secret.txt'),
      `${gate.workspace}-other/file.txt`,
      '/',
    ];
    for (const path of paths) {
      expect(gate.decide('Read', { file_path: path }), path).toBe('ask');
      expect(gate.decide('Write', { file_path: path }), path).toBe('ask');
    }
  });

  it('is outside where the CLI reads it in its own way: blanks around it, a home, a zero byte', async () => {
    await using gate = await openGate({ mode: 'acceptEdits' });
    const outside = join(gate.root, 'outside', 'secret.txt');
    for (const path of [` ${outside}`, `\t${outside}\n`, '~/notes.txt', '~', '~root/x', 'a\0b']) {
      expect(gate.decide('Edit', { file_path: path }), JSON.stringify(path)).toBe('ask');
    }
  });

  it('is outside when a link leads out, also a link to what does not exist yet', async () => {
    await using gate = await openGate({ mode: 'acceptEdits' });
    await symlink('../outside', join(gate.workspace, 'folder'));
    await symlink('../outside/secret.txt', join(gate.workspace, 'file'));
    await symlink(join(gate.root, 'outside', 'new.txt'), join(gate.workspace, 'dangling'));
    await symlink('dangling', join(gate.workspace, 'twice'));
    await symlink('loop', join(gate.workspace, 'loop'));
    for (const path of ['folder/secret.txt', 'folder/new.txt', 'file', 'dangling', 'twice', 'loop', 'loop/x']) {
      expect(gate.decide('Write', { file_path: path }), path).toBe('ask');
    }
  });

  it('is inside when a link leads to another place in the workspace, or the workspace itself is reached by one', async () => {
    await using gate = await openGate({ mode: 'acceptEdits' });
    await symlink('inside.txt', join(gate.workspace, 'link'));
    await symlink('later.txt', join(gate.workspace, 'dangling'));
    await symlink(gate.workspace, join(gate.root, 'alias'));
    for (const path of ['link', 'dangling', join(gate.root, 'alias', 'inside.txt')]) {
      expect(gate.decide('Write', { file_path: path }), path).toBe('allow');
    }
  });

  it('is outside where it is longer than any that the system opens, and inside however many of its folders are missing', async () => {
    await using gate = await openGate({ mode: 'acceptEdits' });
    const deep = (parts: number) => join(...Array<string>(parts).fill('d'), 'new.txt');
    expect(gate.decide('Write', { file_path: deep(1500) })).toBe('allow');
    for (const path of [deep(20_000), join(gate.workspace, deep(20_000)), 'x'.repeat(300), deep(2045)]) {
      expect(gate.decide('Write', { file_path: path }), path.slice(-20)).toBe('ask');
    }
    await symlink(join('missing', '..', '..', 'outside'), join(gate.workspace, 'climbs'));
    expect(gate.decide('Write', { file_path: 'climbs/new.txt' })).toBe('ask');
  });

  it('is not hidden behind another one in the same input', async () => {
    await using gate = await openGate({ mode: 'acceptEdits' });
    const input = { file_path: 'inside.txt', notebook_path: join(gate.root, 'outside', 'book.ipynb') };
    expect(gate.decide('NotebookEdit', input)).toBe('ask');
    expect(gate.decide('Grep', { pattern: 'x', file_path: 'inside.txt', path: '/etc' })).toBe('ask');
  });
});

describe('a pattern', () => {
  it('may search the workspace', async () => {
    await using gate = await openGate();
    for (const pattern of ['**/*.ts', '*', 'src/{a,b}/*.ts', 'inside.txt']) {
      expect(gate.decide('Glob', { pattern }), pattern).toBe('allow');
    }
    expect(gate.decide('Glob', { pattern: join(gate.workspace, '**/*.ts') })).toBe('allow');
  });

  it('is asked for where it leads out', async () => {
    await using gate = await openGate();
    for (const pattern of ['/etc/*', '/*', '../*', ' /etc/host*', '~/*', '*/../../outside/*', '/etc/passwd']) {
      expect(gate.decide('Glob', { pattern }), pattern).toBe('ask');
    }
    expect(gate.decide('Glob', { pattern: '*', path: '/etc' })).toBe('ask');
  });
});

describe('a command', () => {
  const run = async (gate: Awaited<ReturnType<typeof openGate>>, command: string, workingDir = gate.workspace) =>
    gate.decide('Bash', { command }, workingDir);

  it('that only reads passes for files of the workspace, however they are named', async () => {
    await using gate = await openGate();
    await symlink('inside.txt', join(gate.workspace, 'link'));
    for (const command of [
      'cat inside.txt',
      `cat ${join(gate.workspace, 'inside.txt')}`,
      'cat link',
      'ls',
      'cat new',
    ]) {
      expect(await run(gate, command), command).toBe('allow');
    }
  });

  it('is asked for where one of its words is a link that leads out', async () => {
    await using gate = await openGate();
    await symlink('../outside/secret.txt', join(gate.workspace, 'link'));
    await symlink('../outside', join(gate.workspace, 'folder'));
    await symlink('../outside/secret.txt', join(gate.workspace, 'a link'));
    for (const command of [
      'cat link',
      'ls folder',
      'head -n 1 folder/secret.txt',
      'cat "a link"',
      'grep -r x folder',
    ]) {
      expect(await run(gate, command), command).toBe('ask');
    }
  });

  it('is asked for where one of its words climbs out of what a link leads to', async () => {
    await using gate = await openGate();
    await mkdir(join(gate.root, 'outside', 'deep'));
    await symlink('../outside/deep', join(gate.workspace, 'folder'));
    await writeFile(join(gate.workspace, 'secret.txt'), '');
    expect(gate.decide('Bash', { command: 'cat secret.txt' })).toBe('allow');
    for (const command of ['cat folder/../secret.txt', 'cat missing/../folder/../secret.txt']) {
      expect(gate.decide('Bash', { command }), command).toBe('ask');
    }
  });

  it('is asked for where it is too long to be looked at', async () => {
    await using gate = await openGate();
    expect(gate.decide('Bash', { command: `cat ${'inside.txt '.repeat(300)}` })).toBe('allow');
    expect(gate.decide('Bash', { command: `cat ${'inside.txt '.repeat(400)}` })).toBe('ask');
    expect(gate.decide('Bash', { command: `cat ${'d/'.repeat(20_000)}` })).toBe('ask');
  });

  it('is judged where it runs', async () => {
    await using gate = await openGate();
    const sub = join(gate.workspace, 'sub');
    await mkdir(sub);
    await symlink('../../outside/secret.txt', join(sub, 'link'));
    expect(await run(gate, 'cat link')).toBe('allow');
    expect(await run(gate, 'cat link', sub)).toBe('ask');
    expect(await run(gate, 'cat ../inside.txt', sub)).toBe('allow');
    for (const command of ['ls', 'cat secret.txt', 'grep -r x']) {
      expect(await run(gate, command, join(gate.root, 'outside')), command).toBe('ask');
    }
    expect(gate.decide('Read', { file_path: 'link' }, sub)).toBe('ask');
  });

  it('is asked for where two folders would be compared file by file', async () => {
    await using gate = await openGate();
    for (const name of ['one', 'two']) await mkdir(join(gate.workspace, name));
    expect(await run(gate, 'diff one two')).toBe('ask');
    expect(await run(gate, 'diff inside.txt inside.txt')).toBe('allow');
  });
});

describe('the plan file', () => {
  it('may be written in plan mode, and only it', async () => {
    await using gate = await openGate({ mode: 'plan' });
    const plans = join(gate.root, 'config', 'plans');
    expect(gate.decide('Write', { file_path: join(plans, 'plan.md') })).toBe('allow');
    expect(gate.decide('Edit', { file_path: join(plans, 'new.md') })).toBe('allow');
    for (const path of [join(plans, '..', 'settings.json'), 'inside.txt', '/etc/hosts']) {
      expect(gate.decide('Write', { file_path: path }), path).toBe('deny');
    }
  });

  it('is no way to what a link among the plans leads to', async () => {
    await using gate = await openGate({ mode: 'plan' });
    const plans = join(gate.root, 'config', 'plans');
    await symlink('../settings.json', join(plans, 'link.md'));
    await mkdir(join(gate.root, 'elsewhere'));
    await writeFile(join(gate.root, 'elsewhere', 'x'), '');
    await symlink(join(gate.root, 'elsewhere'), join(plans, 'dir'));
    expect(gate.decide('Write', { file_path: join(plans, 'link.md') })).toBe('deny');
    expect(gate.decide('Write', { file_path: join(plans, 'dir', 'x') })).toBe('deny');
  });

  it('does not open plan mode to a tool from outside that names it', async () => {
    await using gate = await openGate({ mode: 'plan' });
    const path = join(gate.root, 'config', 'plans', 'plan.md');
    expect(gate.decide('mcp__files__run', { path })).toBe('deny');
    expect(gate.decide('Bash', { command: 'touch x', path })).toBe('deny');
  });

  it('is asked for outside of plan mode, as every file outside the workspace', async () => {
    await using gate = await openGate({ mode: 'acceptEdits', rules: ['Edit'] });
    expect(gate.decide('Write', { file_path: join(gate.root, 'config', 'plans', 'plan.md') })).toBe('ask');
  });
});

describe('where calls that touch the host need approval', () => {
  it('asks in every mode, and whatever the agent says of the tool', async () => {
    for (const setting of [{ mode: 'bypassPermissions' }, { toolPolicy: 'always_allow' }] as const) {
      await using trusted = await openGate(setting);
      await using gate = await openGate({ ...setting, mayRunWithoutApproval: false, mayNeverAsk: false });
      const outside = { file_path: '/etc/hosts', content: '' };
      for (const [tool, input] of [
        ['Bash', { command: 'touch x' }],
        ['Write', outside],
        ['Read', outside],
        ['WebFetch', { url: 'http://127.0.0.1/' }],
      ] as const) {
        expect(trusted.decide(tool, input), tool).toBe('allow');
        expect(gate.decide(tool, input), tool).toBe('ask');
      }
      expect(gate.decide('Read', { file_path: 'inside.txt' })).toBe('allow');
    }
    await using gate = await openGate({ toolPolicy: 'always_allow', mayRunWithoutApproval: false });
    expect(gate.decide('mcp__docs__search', {})).toBe('allow');
  });
});

describe('rules of the platform', () => {
  it('are compared with what a path leads to, and with the path itself', async () => {
    const policy: RuleText[] = [
      { effect: 'allow', rule: 'Edit(open/**)' },
      { effect: 'deny', rule: 'Read(secrets/**)' },
    ];
    await using gate = await openGate({ policy });
    for (const folder of ['open', 'secrets']) await mkdir(join(gate.workspace, folder));
    await writeFile(join(gate.workspace, 'secrets', 'key'), '');
    await symlink('../secrets/key', join(gate.workspace, 'open', 'link'));
    await symlink('../../outside/secret.txt', join(gate.workspace, 'open', 'out'));
    await symlink('open', join(gate.workspace, 'alias'));
    expect(gate.decide('Write', { file_path: 'open/new.txt' })).toBe('allow');
    expect(gate.decide('Edit', { file_path: 'open/link' })).toBe('deny');
    expect(gate.decide('Read', { file_path: 'open/link' })).toBe('deny');
    expect(gate.decide('Edit', { file_path: 'open/out' })).toBe('ask');
    expect(gate.decide('Edit', { file_path: 'alias/new.txt' })).toBe('ask');
    expect(gate.decide('Bash', { command: 'cat open/link' })).toBe('deny');
    expect(gate.decide('Bash', { command: 'cat link' }, join(gate.workspace, 'open'))).toBe('deny');
  });

  it('allow a command beside others that only read', async () => {
    await using gate = await openGate({ policy: [{ effect: 'allow', rule: 'Bash(git *)' }] });
    expect(gate.decide('Bash', { command: 'git log | head -5' })).toBe('allow');
    expect(gate.decide('Bash', { command: 'git log | head /etc/passwd' })).toBe('ask');
    expect(gate.decide('Bash', { command: 'cd .. && git log | head -5' })).toBe('ask');
  });

  it('name their layer and themselves, and give their reason', async () => {
    const policy: RuleText[] = [
      { effect: 'deny', rule: 'Bash(rm *)', reason: 'Nothing is deleted here' },
      { effect: 'ask', rule: 'Bash(git *)', roles: ['user'] },
      { effect: 'allow', rule: 'Bash(npm *)' },
    ];
    await using gate = await openGate({ policy, mode: 'acceptEdits' });
    expect(gate.evaluate('Bash', { command: 'rm x' })).toEqual({
      ...{ permission: 'deny', reason: 'Nothing is deleted here', rule: undefined },
      source: { layer: 'platform', rule: 'Bash(rm *)' },
    });
    expect(gate.evaluate('Bash', { command: 'git x' })).toMatchObject({
      source: { layer: 'role', rule: 'Bash(git *)' },
      // What is allowed for the session cannot lift it.
      rule: undefined,
    });
    expect(gate.evaluate('Bash', { command: 'npm x' }).source).toEqual({ layer: 'platform', rule: 'Bash(npm *)' });
    expect(gate.evaluate('Write', { file_path: 'a' }).source).toEqual({ layer: 'session', rule: null });
    expect(gate.evaluate('Bash', { command: 'x' }).source).toEqual({ layer: 'default', rule: null });
    await using other = await openGate({ policy, role: 'admin' });
    expect(other.evaluate('Bash', { command: 'git x' }).source).toEqual({ layer: 'default', rule: null });
  });

  it('keep a star in what was allowed for the session as it is', async () => {
    await using gate = await openGate({ rules: ['Bash(ls *.ts)'] });
    expect(gate.decide('Bash', { command: 'ls *.ts' })).toBe('allow');
    expect(gate.decide('Bash', { command: 'ls a.ts; rm x.ts' })).toBe('ask');
  });
});

describe('a secret in the input', () => {
  const token = `ghp_${'k7Q2'.repeat(9)}`;
  const call = { command: `curl -H "X-Key: ${token}" https://example.com` };
  const marks = [{ kind: 'GitHub token', path: ['command'], start: 16, end: 56 }];
  const secrets = { layer: 'secrets', rule: null };
  const reason = 'It holds a secret: GitHub token in command';

  it('is asked about, in every mode and whatever a rule allows, and no rule would keep it', async () => {
    for (const setting of [
      { mode: 'bypassPermissions' },
      { policy: [{ effect: 'allow', rule: 'Bash(curl *)' }] },
      { rules: [`Bash(${call.command})`] },
      {},
    ] satisfies GateSetting[]) {
      await using gate = await openGate(setting);
      expect(gate.evaluate('Bash', call)).toEqual({
        ...{ permission: 'ask', reason, source: secrets, rule: undefined },
        secrets: { marks, areMasked: false },
      });
    }
  });

  it('changes nothing that a stricter layer says', async () => {
    await using gate = await openGate({ policy: [{ effect: 'deny', rule: 'Bash(curl *)' }] });
    expect(gate.evaluate('Bash', call)).toMatchObject({ permission: 'deny', source: { layer: 'platform' } });
  });

  it('is denied, only masked or left alone where the server is set so', async () => {
    const policy: RuleText[] = [{ effect: 'allow', rule: 'Bash' }];
    const evaluate = async (secretMode: SecretMode) => {
      await using gate = await openGate({ secretMode, policy });
      return gate.evaluate('Bash', call);
    };
    const masked = { marks, areMasked: true };
    expect(await evaluate('deny')).toMatchObject({ permission: 'deny', source: secrets, secrets: masked });
    expect(await evaluate('mask')).toMatchObject({ permission: 'allow', rule: undefined, secrets: masked });
    const untouched = await evaluate('off');
    expect([untouched.permission, untouched.secrets]).toEqual(['allow', undefined]);
  });

  it('is denied in a command where it cannot be masked: each line of a key could be a command', async () => {
    const key = `-----BEGIN PRIVATE KEY-----\nMI${'k7Q2'.repeat(30)}\n-----END PRIVATE KEY-----`;
    await using gate = await openGate({ secretMode: 'mask', policy: [{ effect: 'allow', rule: 'Bash' }] });
    expect(gate.evaluate('Bash', { command: `echo '${key}'` })).toMatchObject({ permission: 'deny', source: secrets });
    expect(gate.decide('Read', { file_path: 'inside.txt', note: key })).toBe('allow');
  });

  it('needs no answer where it stays within the agent', async () => {
    await using gate = await openGate();
    const { permission, secrets: found } = gate.evaluate('TodoWrite', { todos: [{ content: token }] });
    expect([permission, found?.marks.length]).toEqual(['allow', 1]);
  });
});

it('lets the agent read its own long results that were written to files, and nothing beside them', async () => {
  await using gate = await openGate();
  const session = join(gate.root, 'config', 'projects', 'p', 's');
  const results = join(session, 'tool-results');
  await symlink(join(gate.root, 'outside', 'secret.txt'), join(results, 'link.txt'));
  expect(gate.decide('Read', { file_path: join(results, 'one.txt') })).toBe('allow');
  expect(gate.decide('Grep', { pattern: 'x', path: results + '/one.txt' })).toBe('allow');
  for (const path of [join(results, 'link.txt'), `${session}.jsonl`, join(gate.root, 'outside/tool-results/x')])
    expect(gate.decide('Read', { file_path: path }), path).toBe('ask');
  expect(gate.decide('Write', { file_path: join(results, 'one.txt') })).toBe('ask');
});

describe('rules that were granted to plugins', () => {
  const granted = ['Bash(make *)', 'mcp__docs__search'];

  it('let calls run that nobody else speaks of, and name the rule', async () => {
    const gate = await openGate({ granted });
    const rule = { permission: 'allow', source: { layer: 'plugin', rule: 'Bash(make *)' } };
    expect(gate.evaluate('Bash', { command: 'make all' })).toMatchObject(rule);
    expect(gate.decide('mcp__docs__search', {})).toBe('allow');
    for (const command of ['make all && rm x', 'make $(rm x)', 'cmake'])
      expect(gate.decide('Bash', { command })).toBe('ask');
  });

  it.each<[string, GateSetting]>([
    ['a rule asks', { policy: [{ effect: 'ask', rule: 'Bash' }] }],
    ['a rule denies', { policy: [{ effect: 'deny', rule: 'Bash(make *)' }] }],
    ['the agent must always ask', { toolPolicy: 'always_ask' }],
    ['nothing may be changed', { mode: 'plan' }],
  ])('lift nothing where %s', async (_, setting) => {
    const gate = await openGate({ ...setting, granted });
    expect(gate.decide('Bash', { command: 'make all' })).not.toBe('allow');
  });
});

it('has calls of custom tools wait for their program, whoever would be asked, and denies what is denied', async () => {
  const judge = async (setting: GateSetting, input: Record<string, unknown> = {}) => {
    await using gate = await openGate(setting);
    const { permission, rule, terms } = gate.evaluate('mcp__custom__pay', input);
    return [permission, rule, terms];
  };
  const waits = ['ask', undefined, undefined];
  expect(await judge({})).toEqual(waits);
  expect(await judge({ mode: 'bypassPermissions', rules: ['mcp__custom__pay'] })).toEqual(waits);
  expect(await judge({ policy: [{ effect: 'allow', rule: 'mcp__custom__*' }] })).toEqual(waits);
  expect(await judge({ policy: [{ effect: 'ask', rule: 'mcp__custom__*', four_eyes: true }] })).toEqual(waits);
  expect((await judge({ policy: [{ effect: 'deny', rule: 'mcp__custom__pay' }] }))[0]).toBe('deny');
  expect((await judge({ mode: 'plan' }))[0]).toBe('deny');
  expect((await judge({ secretMode: 'deny' }, { token: `ghp_${'k7Q2'.repeat(9)}` }))[0]).toBe('deny');
});
