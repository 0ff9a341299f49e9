import type { RuleSubject, UserEventParams } from '@claude-sdk-pattern/protocol';
import { describe, expect, it } from 'vitest';

import type { PendingApproval } from '../permissions/pending-approvals.ts';
import { planUserEvents } from './plan-user-events.ts';

const NOW = Date.parse('2026-02-01T12:00:00.000Z');
const actor = { id: 'user_1', name: 'Ada' };

function plan(
  events: UserEventParams[],
  options: {
    waiting?: string[];
    tool?: string;
    unannounced?: string[];
    rule?: string;
    known?: string[];
    isRunning?: boolean;
    expired?: string[];
    forOthers?: string[];
    custom?: string[];
  } = {},
) {
  const approvals = (options.waiting ?? []).map((eventId): [string, PendingApproval] => [
    eventId,
    {
      kind: options.custom?.includes(eventId) ? 'custom_tool' : 'approval',
      eventId,
      toolUseId: `toolu_${eventId}`,
      toolName: options.tool ?? 'Bash',
      input: {},
      secrets: [],
      elicitation: null,
      ...{ reason: 'It is asked', threadId: null, expiresAtMs: options.expired?.includes(eventId) ? NOW : Infinity },
      rule: toSubject(options.rule),
      source: { layer: 'default', rule: null },
      ...{ terms: undefined, fourEyes: null, handedOver: null },
      settle: () => undefined,
    },
  ]);
  return planUserEvents({
    events,
    actor,
    clock: { now: () => NOW },
    approvals: new Map(approvals),
    isAnnounced: ({ eventId }) => !options.unannounced?.includes(eventId),
    mayAllow: ({ eventId }) => !options.forOthers?.includes(eventId),
    rules: new Set(options.known),
    isRunning: options.isRunning ?? approvals.length > 0,
  });
}

function toSubject(command: string | undefined): RuleSubject | undefined {
  if (command === undefined) return undefined;
  const rule = `Bash(${command})`;
  return { ...{ rule, tool_name: 'Bash', kind: 'command', pattern: command, mcp_server_name: null } };
}

const say = (text: string): UserEventParams => ({ type: 'user.message', content: [{ type: 'text', text }] });
const confirm = (tool_use_id: string, rest: object = {}): UserEventParams => ({
  type: 'user.tool_confirmation',
  tool_use_id,
  result: 'allow',
  ...rest,
});
const types = (events: readonly { type: string }[]) => events.map(({ type }) => type);

describe('a message', () => {
  it('is stored with who said it, and not yet processed', () => {
    const { sent, derived, title } = plan([say('Fix the build\nplease')]);
    expect(sent).toMatchObject([{ type: 'user.message', actor, processed_at: null }]);
    expect(derived).toEqual([]);
    expect(title).toBe('Fix the build');
  });

  it('names the session by the first of several', () => {
    expect(plan([say(' '), say('one'), say('two')]).title).toBe('one');
  });
});

describe('a confirmation', () => {
  it('goes on when nothing else waits', () => {
    const { sent, derived, answered } = plan([confirm('sevt_1')], { waiting: ['sevt_1'] });
    expect(sent).toMatchObject([{ type: 'user.tool_confirmation', tool_use_id: 'sevt_1', result: 'allow', actor }]);
    expect(types(derived)).toEqual(['session.status_running']);
    expect(answered).toMatchObject([{ approval: { eventId: 'sevt_1' }, answer: { result: 'allow' } }]);
  });

  it('stays idle with what still waits', () => {
    const { derived } = plan([confirm('sevt_1')], { waiting: ['sevt_1', 'sevt_2'] });
    expect(derived).toMatchObject([
      { type: 'session.status_idle', stop_reason: { type: 'requires_action', event_ids: ['sevt_2'] } },
    ]);
  });

  it('tells that a question waits still', () => {
    const { derived } = plan([confirm('sevt_1')], { waiting: ['sevt_1', 'sevt_2'], tool: 'AskUserQuestion' });
    expect(derived).toMatchObject([{ stop_reason: { event_ids: ['sevt_2'], waits_for: 'answer' } }]);
  });

  it('names no call of which people were not told yet', () => {
    const { derived } = plan([confirm('sevt_1')], { waiting: ['sevt_1', 'sevt_2'], unannounced: ['sevt_2'] });
    expect(types(derived)).toEqual(['session.status_running']);
  });

  it('is refused when nothing waits for it, also the second of two for the same call', () => {
    expect(() => plan([confirm('sevt_9')], { waiting: ['sevt_1'] })).toThrow('sevt_9');
    expect(() => plan([confirm('sevt_1'), confirm('sevt_1')], { waiting: ['sevt_1'] })).toThrow('sevt_1');
  });

  it('keeps the rule of the call only when a person allows it for the session', () => {
    const options = { waiting: ['sevt_1'], rule: 'npm test' };
    const granted = plan([confirm('sevt_1', { scope: 'session' })], options);
    expect(granted.newRules).toMatchObject([
      { rule: 'Bash(npm test)', kind: 'command', pattern: 'npm test', granted_by: actor },
    ]);
    expect(granted.derived[0]).toMatchObject({
      ...{ type: 'session.rule_granted', event_id: 'sevt_1', rule: granted.newRules[0] },
    });
    const known = ['Bash(npm test)'];
    expect(plan([confirm('sevt_1', { scope: 'session' })], { ...options, known }).newRules).toEqual([]);
    expect(plan([confirm('sevt_1', { scope: 'once' })], options).newRules).toEqual([]);
    expect(plan([confirm('sevt_1', { scope: 'session', result: 'deny' })], options).newRules).toEqual([]);
    expect(plan([confirm('sevt_1', { scope: 'session' })], { waiting: ['sevt_1'] }).newRules).toEqual([]);
  });

  it('allows equal calls that wait with a new rule, but none that has expired or that somebody else has to allow', () => {
    const waiting = ['sevt_1', 'sevt_2', 'sevt_3', 'sevt_4'];
    const options = { waiting, rule: 'npm test', expired: ['sevt_3'], forOthers: ['sevt_4'] };
    const { answered } = plan([confirm('sevt_1', { scope: 'session' })], options);
    expect(answered.map(({ approval }) => approval.eventId)).toEqual(['sevt_1', 'sevt_2']);
  });

  it('takes answers to questions for no other tool', () => {
    const answers = { 'Which?': 'This' };
    const give = (tool: string) => plan([confirm('sevt_1', { answers })], { waiting: ['sevt_1'], tool });
    expect(give('AskUserQuestion').answered).toMatchObject([{ answer: { answers } }]);
    expect(() => give('Bash')).toThrow('takes no answers');
  });

  it('gives guidance of a denial to the agent, and says something where there is none', () => {
    const deny = (deny_message?: string) =>
      plan([confirm('sevt_1', { result: 'deny', deny_message })], { waiting: ['sevt_1'] }).answered[0]?.answer;
    expect(deny('Use b.txt')).toEqual({ result: 'deny', message: 'Use b.txt' });
    expect(deny('  ')).toMatchObject({ result: 'deny', message: expect.stringContaining('does not want') });
  });
});

describe('an interrupt', () => {
  it('cancels every approval that waits, and none twice', () => {
    const { answered, derived } = plan([confirm('sevt_1'), { type: 'user.interrupt' }], {
      waiting: ['sevt_1', 'sevt_2'],
    });
    expect(answered.map(({ approval, answer }) => [approval.eventId, answer.result])).toEqual([
      ['sevt_1', 'allow'],
      ['sevt_2', 'cancelled'],
    ]);
    expect(types(derived)).toEqual(['session.approval_cancelled', 'session.status_running']);
  });

  it('cannot be followed by an answer to what it has cancelled', () => {
    expect(() => plan([{ type: 'user.interrupt' }, confirm('sevt_1')], { waiting: ['sevt_1'] })).toThrow('sevt_1');
  });

  it('ends in idle where there was nothing to stop, and leaves the end of a running turn to the turn', () => {
    const idle = plan([{ type: 'user.interrupt' }]);
    expect(idle.interrupts).toBe(true);
    expect(idle.derived).toMatchObject([{ type: 'session.status_idle', stop_reason: { type: 'end_turn' } }]);
    expect(plan([{ type: 'user.interrupt' }], { isRunning: true }).derived).toEqual([]);
  });
});

describe('the result of a custom tool', () => {
  const give = (custom_tool_use_id: string, rest: object = {}): UserEventParams => ({
    ...{ type: 'user.custom_tool_result', custom_tool_use_id },
    ...rest,
  });
  const content = [{ type: 'text', text: 'Rain' }];

  it('is stored with who sent it, and answers its call; the turn waits for the others', () => {
    const waiting = ['sevt_1', 'sevt_2'];
    const { sent, derived, answered } = plan([give('sevt_2', { content })], { waiting, custom: waiting });
    expect(sent).toMatchObject([{ ...give('sevt_2', { content }), actor, is_error: false }]);
    expect(answered).toMatchObject([{ approval: { eventId: 'sevt_2' }, answer: { custom: { content } } }]);
    expect(derived).toMatchObject([{ stop_reason: { event_ids: ['sevt_1'], waits_for: 'program' } }]);
  });

  it('does not answer an approval, and an approval is no result', () => {
    expect(() => plan([give('sevt_1')], { waiting: ['sevt_1'] })).toThrow('does not wait for a result');
    expect(() => plan([confirm('sevt_1')], { waiting: ['sevt_1'], custom: ['sevt_1'] })).toThrow('of a custom tool');
  });

  it('is not announced as a cancelled approval when the turn is interrupted', () => {
    const { derived, answered } = plan([{ type: 'user.interrupt' }], { waiting: ['sevt_1'], custom: ['sevt_1'] });
    expect(answered).toMatchObject([{ answer: { result: 'cancelled' } }]);
    expect(types(derived)).not.toContain('session.approval_cancelled');
  });
});
