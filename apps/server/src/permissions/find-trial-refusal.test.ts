import { expect, it } from 'vitest';

import { findTrialRefusal } from './find-trial-refusal.ts';
import { compileRules } from './rules/compile-rules.ts';

it('refuses by hand what the policy denies to the role, and what a second person has to allow', () => {
  const rules = compileRules([
    { effect: 'deny', rule: 'mcp__docs__erase', roles: ['operator'], reason: 'Nobody erases' },
    { effect: 'ask', rule: 'mcp__docs__send', four_eyes: true },
  ]);
  const find = (tool: string, role: 'operator' | 'admin') =>
    findTrialRefusal({ rules, role, secretMode: 'deny' }, { toolName: `mcp__docs__${tool}`, input: {} });
  expect(find('erase', 'operator')).toContain('Nobody erases');
  expect(find('erase', 'admin')).toBeUndefined();
  expect(find('send', 'admin')).toContain('second person');
  expect(find('find', 'operator')).toBeUndefined();
});
