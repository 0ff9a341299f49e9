import type { SessionEvent } from '@claude-sdk-pattern/protocol';
import { expect, it } from 'vitest';

import { toDigestOf } from '../audit/canonical-json.ts';
import type { AuditFact } from '../store/audit-facts.ts';
import type { Session } from '../store/sessions.ts';
import { SessionFacts } from './session-facts.ts';

const session = { id: 'sesn_1', agentId: 'agent_1' } as Session;
const input = { command: 'cat secret.txt' };
const details = { event_id: 'sevt_1', tool: 'Bash', input_sha256: toDigestOf(input) };
/** Of a call that people are asked about. */
const asked = { ...details, call: 'cat secret.txt' };
const ada = { id: 'user_ada', name: 'Ada' };

function openFacts() {
  let nowMs = 0;
  const facts = new SessionFacts({ now: () => nowMs });
  return {
    facts,
    advance: (ms: number) => (nowMs += ms),
    /** What the events are in the log, as `action outcome` and details. */
    tell: (...events: object[]) => facts.take(session, events as SessionEvent[]).facts.map(toShort),
  };
}

function toShort({ actor, action, outcome, details: text }: AuditFact) {
  return [actor.id, `${action} ${outcome}`, JSON.parse(text) as unknown];
}

const call = (permission: 'allow' | 'ask' | 'deny', given: object = {}) => ({
  ...{ type: 'agent.tool_use', id: 'sevt_1', name: 'Bash', input, evaluated_permission: permission },
  ...given,
});
const result = (given: object = {}) => ({
  ...{ type: 'agent.tool_result', tool_use_id: 'sevt_1', is_error: false, content: [{ type: 'text', text: 'it' }] },
  ...given,
});
const answer = (given: object = {}) => ({
  ...{ type: 'user.tool_confirmation', tool_use_id: 'sevt_1', result: 'allow', actor: ada },
  ...given,
});

it('tells how a call was decided and how it ended, without what it was', () => {
  const { facts, tell, advance } = openFacts();
  const source = { layer: 'platform', rule: 'Bash(cat *)' };
  facts.noteDecision('sevt_1', 'toolu_1', { permission: 'allow', source });
  expect(tell(call('allow'))).toEqual([['agent_1', 'tool.decide allow', { ...details, ...source }]]);
  advance(1500);
  const told = tell({ type: 'agent.message' }, result());
  expect(told).toEqual([['agent_1', 'tool.run success', { ...details, duration_ms: 1500 }]]);
  expect(tell(call('allow'), result({ is_error: true })).map(([, what]) => what)).toContain('tool.run failure');
  expect(tell(call('allow'), result({ cut_off: true })).map(([, what]) => what)).toContain('tool.run cancelled');
  expect(JSON.stringify(told)).not.toContain('secret');
});

it('keeps only a digest of a rule that a person allowed for the session', () => {
  const { facts, tell } = openFacts();
  facts.noteDecision('sevt_1', 'toolu_1', { permission: 'allow', source: { layer: 'session', rule: 'Bash(cat x)' } });
  const rule_sha256 = toDigestOf('Bash(cat x)');
  expect(tell(call('allow'))).toEqual([
    ['agent_1', 'tool.decide allow', { ...details, layer: 'session', rule_sha256 }],
  ]);
});

it('tells who answered, what they were shown and how long it took; the run counts from then', () => {
  const { tell, advance } = openFacts();
  const shown = { event_id: 'sevt_1', tool_name: 'Bash', title: 'Run a command', reason: 'x', session_rule: null };
  expect(tell(call('ask'))).toEqual([['agent_1', 'tool.decide ask', asked]]);
  expect(tell({ type: 'session.approval_requested', ...shown })).toEqual([]);
  advance(60_000);
  expect(tell(answer({ scope: 'session' }))).toEqual([
    [
      'user_ada',
      'approval.answer allow',
      { ...asked, scope: 'session', waited_ms: 60_000, shown_sha256: toDigestOf({ ...asked, ...shown }) },
    ],
  ]);
  advance(20);
  expect(tell(result())).toEqual([['agent_1', 'tool.run success', { ...asked, duration_ms: 20 }]]);
});

it('tells of no run where the call was denied or its approval cancelled', () => {
  const { tell } = openFacts();
  expect(tell(call('deny'), result({ is_error: true })).map(([, what]) => what)).toEqual(['tool.decide deny']);
  const denied = tell(call('ask'), answer({ result: 'deny', deny_message: 'private' }), result({ is_error: true }));
  expect(denied.map(([, what]) => what)).toEqual(['tool.decide ask', 'approval.answer deny']);
  expect(JSON.stringify(denied)).not.toContain('private');
  const cancelled = { type: 'session.approval_cancelled', event_id: 'sevt_1', reason: 'interrupted' };
  expect(tell(call('ask'), cancelled, result({ is_error: true }))[1]).toEqual([
    ...['platform', 'approval.answer cancelled', { ...asked, reason: 'interrupted' }],
  ]);
  const expired = { ...cancelled, reason: 'expired' };
  expect(tell(call('ask'), expired).map(([, what]) => what)).toContain('approval.answer deny');
});

it('tells of hooks that are stricter than what the journal shows', () => {
  const { facts, tell } = openFacts();
  facts.noteDecision('sevt_1', 'toolu_1', { permission: 'allow' });
  tell(call('allow'));
  facts.noteVerdict('toolu_1', { permission: 'deny', reason: 'No', by: 'guard' });
  expect(tell(result({ is_error: true }))).toEqual([['agent_1', 'tool.decide deny', { ...details, hook: 'guard' }]]);
  facts.noteDecision('sevt_1', 'toolu_1', { permission: 'ask' });
  facts.noteVerdict('toolu_1', { permission: 'ask', reason: 'As decided', by: 'permissions' });
  expect(tell(call('ask'), answer(), result()).map(([, what]) => what)).toEqual([
    ...['tool.decide ask', 'approval.answer allow', 'tool.run success'],
  ]);
});

it('names tools of MCP servers, and rules that were revoked', () => {
  const { tell } = openFacts();
  const told = tell(
    call('allow', { type: 'agent.mcp_tool_use', mcp_server_name: 'docs', name: 'search' }),
    { type: 'agent.mcp_tool_result', mcp_tool_use_id: 'sevt_1', is_error: false },
    { type: 'session.rule_revoked', actor: ada, rule: { id: 'rule_1', rule: 'Bash(cat x)' } },
  );
  expect(told.map(([, what]) => what)).toEqual(['tool.decide allow', 'tool.run success', 'rule.revoke success']);
  expect(told[0]?.[2]).toMatchObject({ tool: 'docs/search' });
  expect(told[2]?.[2]).toEqual({ rule_id: 'rule_1', rule_sha256: toDigestOf('Bash(cat x)') });
});

it('takes what an earlier server asked from the stored event', () => {
  const { facts } = openFacts();
  const { unknown, facts: told } = facts.take(session, [answer() as SessionEvent]);
  expect([unknown.length, told]).toEqual([1, []]);
  const [late] = unknown;
  if (late === undefined) throw new Error('not unknown');
  const approval = { fourEyes: ['user_bob'], handedOver: null };
  const fact = facts.tellAnswer(session, late, { asked: call('ask') as SessionEvent, approval });
  const shown = { ...asked, four_eyes: true, scope: 'once', waited_ms: 0 };
  expect(toShort(fact)).toEqual(['user_ada', 'approval.answer allow', shown]);
  expect(facts.take(session, [result() as SessionEvent]).facts.map(toShort)[0]?.[1]).toBe('tool.run success');
});
