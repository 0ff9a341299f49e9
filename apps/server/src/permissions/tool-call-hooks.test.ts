import { expect, it } from 'vitest';

import type { HookInputOf } from '../hooks/hook-handler.ts';
import { HELD } from '../hooks/strictest-verdict.ts';
import { toCommandOwner } from './command-owner.ts';
import { createPolicyHook, createWorkingDirHook, noteVerdict } from './tool-call-hooks.ts';
import { ToolDecisions } from './tool-decisions.ts';

const input = { command: 'ls' };
const toCall = (changes: Partial<HookInputOf<'PreToolUse'>> = {}): HookInputOf<'PreToolUse'> => ({
  ...{ hook_event_name: 'PreToolUse', session_id: 'transcript', transcript_path: '/t.jsonl', cwd: '/workspace' },
  ...{ tool_name: 'Bash', tool_input: input, tool_use_id: 'toolu_1', ...changes },
});
const context = { sessionId: 'sesn_1', toolUseId: 'toolu_1', signal: new AbortController().signal };

/** Decisions of a policy that says always the same, and where it was asked about. */
function createDecisions(permission: 'allow' | 'ask' | 'deny' = 'allow', layer: 'default' | 'platform' = 'default') {
  const workingDirs: (string | undefined)[] = [];
  const decisions = new ToolDecisions({
    evaluate(_toolName, _input, workingDir) {
      workingDirs.push(workingDir);
      return { permission, reason: 'The policy says so', rule: undefined, source: { layer, rule: null } };
    },
  });
  return { decisions, workingDirs };
}

it.each(['allow', 'ask', 'deny'] as const)('says what the policy says: %s', async (permission) => {
  const { decisions } = createDecisions(permission);
  const verdict = await createPolicyHook(decisions, { refresh: () => undefined }).handle(toCall(), context);
  expect(verdict).toEqual({ permission, reason: 'The policy says so' });
});

it('follows where the commands of the agent itself run, not those of a subagent', async () => {
  const { decisions, workingDirs } = createDecisions();
  const policy = createPolicyHook(decisions, { refresh: () => undefined });
  const batch: HookInputOf<'PostToolBatch'> = { ...toCall(), hook_event_name: 'PostToolBatch', tool_calls: [] };
  await createWorkingDirHook(decisions).handle({ ...batch, cwd: '/workspace/a' }, context);
  await createWorkingDirHook(decisions).handle({ ...batch, cwd: '/elsewhere', agent_id: 'sub' }, context);
  decisions.decide('toolu_1', 'Bash', input);
  await policy.handle(toCall({ tool_use_id: 'toolu_2', cwd: '/workspace/b' }), context);
  await policy.handle(toCall({ tool_use_id: 'toolu_3', cwd: '/elsewhere', agent_id: 'sub' }), context);
  decisions.decide('toolu_4', 'Bash', input);
  expect(workingDirs).toEqual(['/workspace/a', '/workspace/b', '/elsewhere', '/workspace/b']);
});

it('permits a call only when all have allowed it', async () => {
  const { decisions } = createDecisions();
  const { permission, reason } =
    (await createPolicyHook(decisions, { refresh: () => undefined }).handle(toCall(), context)) ?? {};
  expect(decisions.takePermit('Bash', input)).toBe(false);
  if (permission === undefined || reason === undefined) throw new Error('There is no verdict');
  noteVerdict(decisions, toCall(), { permission, reason, by: 'permissions' });
  expect(decisions.takePermit('Bash', input)).toBe(true);
});

it.each(['ask', 'deny'] as const)('holds to it where another handler says %s', (permission) => {
  const { decisions } = createDecisions();
  const call = { toolName: 'Bash', input };
  decisions.enforce('toolu_1', call);
  decisions.permit('toolu_1', 'Bash', input);
  noteVerdict(decisions, toCall(), { permission, reason: 'Not at night', by: 'night' });
  expect(decisions.takePermit('Bash', input)).toBe(false);
  expect(decisions.enforce('toolu_1', call)).toEqual({
    permission,
    reason: 'Not at night',
    rule: undefined,
    source: { layer: 'hook', rule: null },
  });
});

it('tells what a plugin asks, also where people are asked anyway, and offers no rule for the session then', () => {
  const asks = { permission: 'ask', reason: 'It publishes.', by: 'guard', plugin: 'guard' } as const;
  const told = (policy: 'allow' | 'ask') => {
    const { decisions } = createDecisions(policy, 'platform');
    decisions.enforce('toolu_1', { toolName: 'Bash', input });
    noteVerdict(decisions, toCall(), asks);
    return decisions.enforce('toolu_1', { toolName: 'Bash', input });
  };
  const source = { layer: 'hook', rule: null, plugin: 'guard' };
  expect(told('allow')).toMatchObject({ reason: 'Asked for by the plugin guard: It publishes.', source });
  expect(told('ask')).toMatchObject({
    reason: 'Asked for by the plugin guard: It publishes. (The policy says so)',
    ...{ rule: undefined, source: { layer: 'platform', plugin: 'guard' } },
  });
});

it('holds a call that commands may change, until it is known what will be made', () => {
  const { decisions } = createDecisions();
  decisions.enforce('toolu_1', { toolName: 'Bash', input });
  const verdict = { permission: 'allow', reason: 'The policy says so', by: 'permissions' } as const;
  expect(noteVerdict(decisions, toCall(), verdict, { mayChange: true })).toBe(false);
  expect(decisions.takePermit('Bash', input)).toBe(false);
  expect(decisions.isOfCommand('toolu_1', HELD.reason)).toBe(false);
  expect(decisions.isOfCommand('toolu_1', 'A command asks')).toBe(true);
  expect(decisions.isChanged('toolu_1', { command: 'ls' })).toBe(false);
  // Claude Code itself adds defaults before the hooks, none after them.
  expect(decisions.isChanged('toolu_1', { command: 'ls', run_in_background: true })).toBe(true);
});

it('names those whose command it may have been', () => {
  const name = (...names: string[]) => toCommandOwner(names.map((each) => ({ name: each })));
  expect([name(), name('a'), name('a', 'b', 'c')]).toEqual(['a plugin', 'the plugin a', 'the plugin a, b or c']);
});

it('never loosens what the policy has decided', () => {
  const { decisions } = createDecisions('deny');
  const call = { toolName: 'Bash', input };
  decisions.enforce('toolu_1', call);
  noteVerdict(decisions, toCall(), { permission: 'ask', reason: 'Better ask', by: 'night' });
  expect(decisions.enforce('toolu_1', call)).toMatchObject({ permission: 'deny', reason: 'The policy says so' });
});
