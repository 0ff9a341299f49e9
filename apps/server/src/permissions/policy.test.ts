import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { evaluateToolCall, type PolicyContext } from './policy.ts';
import { toSessionRule } from './session-rule.ts';

const context = (overrides: Partial<PolicyContext> = {}): PolicyContext => ({
  mode: 'default',
  sessionRules: new Set(),
  ...overrides,
});

const decide = (
  toolName: string,
  input: Record<string, unknown>,
  overrides?: Partial<PolicyContext>,
  insideWorkspace = true,
) => evaluateToolCall({ toolName, input, insideWorkspace }, context(overrides)).permission;

describe('evaluateToolCall', () => {
  it('asks before a file is written', () => {
    expect(decide('Write', { file_path: 'a.txt' })).toBe('ask');
  });

  it('lets edits pass in acceptEdits, but only inside the workspace', () => {
    expect(decide('Edit', { file_path: 'a.txt' }, { mode: 'acceptEdits' })).toBe('allow');
    expect(decide('Edit', { file_path: '/etc/hosts' }, { mode: 'acceptEdits' }, false)).toBe('ask');
  });

  it('reads in the workspace without asking, and asks outside of it', () => {
    expect(decide('Read', { file_path: 'a.txt' })).toBe('allow');
    expect(decide('Read', { file_path: '/etc/shadow' }, {}, false)).toBe('ask');
  });

  it('denies changes in plan mode', () => {
    expect(decide('Bash', { command: 'rm -rf .' }, { mode: 'plan' })).toBe('deny');
    expect(decide('Read', { file_path: 'a.txt' }, { mode: 'plan' })).toBe('allow');
  });

  it('follows the agent’s definition where it says more than the mode, and never further than plan mode', () => {
    const write = (overrides: Partial<PolicyContext>) => decide('Write', { file_path: 'a.txt' }, overrides);
    expect(write({ toolPolicy: 'always_allow' })).toBe('allow');
    expect(write({ toolPolicy: 'always_allow', mode: 'plan' })).toBe('deny');
    expect(write({ toolPolicy: 'always_ask', mode: 'bypassPermissions' })).toBe('ask');
    expect(write({ toolPolicy: 'always_ask', mode: 'acceptEdits' })).toBe('ask');
    expect(write({ toolPolicy: 'disabled', mode: 'bypassPermissions' })).toBe('deny');
    expect(decide('Read', { file_path: 'a.txt' }, { toolPolicy: 'always_ask' })).toBe('ask');
    expect(decide('AskUserQuestion', {}, { toolPolicy: 'always_allow' })).toBe('ask');
  });

  it('asks a person the questions of the agent in every mode', () => {
    expect(decide('AskUserQuestion', {}, { mode: 'bypassPermissions' })).toBe('ask');
  });

  it('allows for the session exactly the command that was allowed', () => {
    const sessionRules = new Set(['Bash(npm test)']);
    expect(decide('Bash', { command: 'npm test' }, { sessionRules })).toBe('allow');
    expect(decide('Bash', { command: 'npm test; rm -rf /' }, { sessionRules })).toBe('ask');
  });

  it('never lets a session rule for edits reach outside the workspace', () => {
    expect(decide('Write', { file_path: '/etc/passwd' }, { sessionRules: new Set(['Edit']) }, false)).toBe('ask');
  });

  it('takes no command for one that was allowed with other blanks or characters that cannot be seen', () => {
    const sessionRules = new Set([toSessionRule('Bash', { command: 'npm test' })?.rule ?? '']);
    const hidden = ['\u200b', '\u202e', '\u00ad', '\ufeff', '\u0000', '\u00a0', ' ', '\t', '\n', '\ud800'];
    fc.assert(
      fc.property(fc.constantFrom(...hidden), fc.nat(8), fc.integer({ min: 1, max: 80 }), (char, at, times) => {
        const command = `npm test`.slice(0, at) + char.repeat(times) + `npm test`.slice(at);
        expect(decide('Bash', { command }, { sessionRules })).toBe('ask');
        expect(toSessionRule('Bash', { command })).toMatchObject({ pattern: command, rule: `Bash(${command})` });
      }),
    );
    expect(decide('Bash', { command: 'npm test' }, { sessionRules })).toBe('allow');
  });

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('knows no tool %s', (toolName) => {
    const decision = evaluateToolCall({ toolName, input: {}, insideWorkspace: true }, context());
    expect(decision).toMatchObject({ permission: 'ask', reason: expect.any(String) });
  });

  it('asks for every tool that it does not know', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }).map((name) => `mcp__x__${name}`),
        (toolName) => {
          expect(decide(toolName, {})).toBe('ask');
        },
      ),
    );
  });
});

describe('the layers', () => {
  const answer = (effect: 'allow' | 'ask' | 'deny') => ({ effect, rules: [{ effect, rule: 'Bash' }], isMaybe: false });
  const run = (overrides: Partial<PolicyContext>) => decide('Bash', { command: 'x' }, overrides);

  it.each([
    ['deny', { ruleAnswer: answer('deny'), mode: 'bypassPermissions', toolPolicy: 'always_allow' }],
    ['deny', { ruleAnswer: answer('allow'), mode: 'plan' }],
    ['deny', { ruleAnswer: answer('allow'), toolPolicy: 'disabled', mode: 'bypassPermissions' }],
    ['ask', { ruleAnswer: answer('ask'), mode: 'bypassPermissions', toolPolicy: 'always_allow' }],
    ['ask', { ruleAnswer: answer('allow'), toolPolicy: 'always_ask' }],
    ['ask', { ruleAnswer: answer('ask'), sessionRules: new Set(['Bash(x)']) }],
    ['allow', { ruleAnswer: answer('allow') }],
    ['allow', { toolPolicy: 'always_allow' }],
    ['allow', { sessionRules: new Set(['Bash(x)']) }],
    ['ask', {}],
  ] as const)('come to %s, the strictest of %j', (permission, overrides) => {
    expect(run(overrides)).toBe(permission);
  });

  it('leave the questions of the agent to people, unless a rule denies them', () => {
    expect(decide('AskUserQuestion', {}, { ruleAnswer: answer('allow') })).toBe('ask');
    expect(decide('AskUserQuestion', {}, { ruleAnswer: answer('deny') })).toBe('deny');
  });
});

describe('toSessionRule', () => {
  it('names the domain of a fetch, not its whole address', () => {
    expect(toSessionRule('WebFetch', { url: 'https://example.com/a?b' })).toEqual({
      ...{ rule: 'WebFetch(domain:example.com)', kind: 'domain', pattern: 'example.com' },
    });
  });

  it('has no rule for a question', () => {
    expect(toSessionRule('AskUserQuestion', {})).toBeUndefined();
  });
});
