import { expect, it } from 'vitest';

import type { GateDecision } from './gate.ts';
import { ToolDecisions } from './tool-decisions.ts';

const source = { layer: 'default', rule: null } as const;

/** Decisions of a gate that says what the test last said. */
function createDecisions(first: GateDecision['permission']) {
  const said = { permission: first };
  const workingDirs: (string | undefined)[] = [];
  const decisions = new ToolDecisions({
    evaluate(_toolName, _input, workingDir) {
      workingDirs.push(workingDir);
      return { permission: said.permission, reason: `It says ${said.permission}`, rule: undefined, source };
    },
  });
  return { decisions, said, workingDirs };
}

const command = { command: 'ls' };
const bash = { toolName: 'Bash', input: command };

it('enforces what was shown, also where it would be decided less strictly by now', () => {
  const { decisions, said } = createDecisions('ask');
  expect(decisions.decide('1', 'Bash', command).permission).toBe('ask');
  said.permission = 'allow';
  expect(decisions.enforce('1', bash).permission).toBe('ask');
  decisions.forget('1');
  expect(decisions.enforce('1', bash).permission).toBe('allow');
});

it('shows what was enforced, where the agent asks before its message has come', () => {
  const { decisions, said } = createDecisions('allow');
  expect(decisions.enforce('1', bash).permission).toBe('allow');
  said.permission = 'deny';
  expect(decisions.decide('1', 'Bash', command).permission).toBe('allow');
});

it.each([
  ['allow', 'ask'],
  ['allow', 'deny'],
  ['ask', 'deny'],
] as const)('refuses a call that was shown as %s and would be decided as %s by now', (shown, now) => {
  const { decisions, said } = createDecisions(shown);
  decisions.decide('1', 'Bash', command);
  said.permission = now;
  expect(decisions.enforce('1', bash).permission).toBe('deny');
});

it.each([
  ['another tool', 'Bash', { command: 'ls' }, 'Monitor', { command: 'ls' }],
  ['another command', 'Bash', { command: 'ls' }, 'Bash', { command: 'ls ' }],
  ['a text more', 'Bash', { command: 'ls' }, 'Bash', { command: 'ls', cwd: '/' }],
  ['a field less', 'mcp__a__b', { dry_run: true }, 'mcp__a__b', {}],
  ['another path', 'Read', { file_path: 'a.txt' }, 'Read', { file_path: '/workspace/b.txt' }],
])('refuses a call that is not the one that was shown: %s', (_, toolName, input, madeName, made) => {
  const { decisions } = createDecisions('allow');
  decisions.decide('1', toolName, input);
  const enforced = decisions.enforce('1', { toolName: madeName, input: made, workingDir: '/workspace' });
  expect(enforced).toMatchObject({ permission: 'deny', reason: expect.stringContaining('not the one that was shown') });
});

it.each([
  ['an absolute path', 'Read', { file_path: ' ./sub/../a.txt' }, { file_path: '/workspace/a.txt' }],
  [
    'numbers and truth values',
    'Grep',
    { pattern: 'x', '-n': 'true', head_limit: '5' },
    { pattern: 'x', '-n': true, head_limit: 5 },
  ],
  ['defaults', 'Edit', { old_string: 'a' }, { old_string: 'a', replace_all: false }],
  ['its own plan', 'ExitPlanMode', { plan: 'x' }, {}],
])('takes what the agent makes of an input for the same call: %s', (_, toolName, input, made) => {
  const { decisions } = createDecisions('allow');
  decisions.decide('1', toolName, input);
  expect(decisions.enforce('1', { toolName, input: made, workingDir: '/workspace' }).permission).toBe('allow');
});

it('decides where the agent works now, until the next process begins in the workspace', () => {
  const { decisions, workingDirs } = createDecisions('allow');
  decisions.decide('1', 'Bash', command);
  decisions.noteWorkingDir('/workspace/sub');
  decisions.decide('2', 'Bash', command);
  decisions.clear();
  decisions.decide('3', 'Bash', command);
  decisions.reset();
  decisions.decide('4', 'Bash', command);
  expect(workingDirs).toEqual([undefined, '/workspace/sub', '/workspace/sub', undefined]);
});

const docs = { toolName: 'mcp__docs__pay', input: { amount: 1 } };

it('permits a call once, however often it is decided', () => {
  const { decisions } = createDecisions('allow');
  expect(decisions.takePermit(docs.toolName, docs.input)).toBe(false);
  for (const _ of ['the hook', 'what the CLI asks on top']) decisions.permit('1', docs.toolName, docs.input);
  expect(decisions.takePermit('mcp__docs__other', docs.input)).toBe(false);
  expect(decisions.takePermit(docs.toolName, { amount: 2 })).toBe(false);
  expect(decisions.takePermit(docs.toolName, { ...docs.input })).toBe(true);
  decisions.permit('1', docs.toolName, docs.input);
  expect(decisions.takePermit(docs.toolName, docs.input)).toBe(false);
});

it('permits no call that has its result, or whose turn has ended', () => {
  const { decisions } = createDecisions('allow');
  decisions.permit('1', docs.toolName, docs.input);
  decisions.forget('1');
  expect(decisions.takePermit(docs.toolName, docs.input)).toBe(false);
  decisions.permit('2', docs.toolName, docs.input);
  decisions.clear();
  expect(decisions.takePermit(docs.toolName, docs.input)).toBe(false);
});
