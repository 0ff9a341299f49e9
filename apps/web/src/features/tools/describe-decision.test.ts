import { expect, it } from 'vitest';

import type { ToolItem } from '../../session/items.ts';
import { describeDenier, describePolicyDenial } from './describe-decision.ts';

const rule = { layer: 'platform', rule: 'Bash(rm *)' } as const;

it('names the rule that denied a call, and its reason where it has one', () => {
  const line = 'Denied by a rule of the platform: Bash(rm *)';
  expect(describePolicyDenial(rule, line)).toEqual([line, null]);
  expect(describePolicyDenial(rule, 'Nothing is deleted')).toEqual([line, 'Nothing is deleted']);
  expect(describePolicyDenial({ layer: 'session', rule: null }, 'Plan mode')).toEqual(['Denied', 'Plan mode']);
  const hook = { layer: 'hook', rule: null, plugin: 'guard' } as const;
  expect(describePolicyDenial(hook, 'No')).toEqual(['Denied by the plugin guard', 'No']);
});

it('names in the row who denied a call', () => {
  const actor = { id: 'user_1', name: 'Olga' };
  const decision = { result: 'deny', scope: 'once', message: null, answers: null, actor } as const;
  const item = { status: 'denied', decision, deniedBy: null } as unknown as ToolItem;
  expect([describeDenier(item, 'user_2'), describeDenier(item, 'user_1')]).toEqual(['Olga', 'you']);
  expect(describeDenier({ ...item, decision: null, deniedBy: rule }, 'user_1')).toBe('a rule');
  expect(describeDenier({ ...item, status: 'done' }, 'user_1')).toBeNull();
});
