import type { RuleSubject } from '@claude-sdk-pattern/protocol';
import { expect, test } from 'vitest';

import { describeOwnRule, describeRule } from './describe-rule.ts';

const rule = (more: Partial<RuleSubject>): RuleSubject => ({
  rule: '',
  tool_name: 'Bash',
  kind: 'tool',
  pattern: null,
  mcp_server_name: null,
  ...more,
});
const command = rule({ kind: 'command', pattern: 'npm test' });

test.each([
  [rule({ tool_name: 'Write', kind: 'edits' }), 'Writing and editing any file that the agent can reach'],
  [command, 'Running exactly npm test'],
  [rule({ tool_name: 'WebFetch', kind: 'domain', pattern: 'example.com' }), 'Fetching any page of example.com'],
  [rule({ tool_name: 'WebSearch' }), 'Searching the web'],
  [rule({ tool_name: 'mcp__box__put', mcp_server_name: 'box' }), 'Any use of box · put'],
  [rule({ tool_name: 'Other' }), 'Any use of Other'],
])('says what a rule allows: %#', (subject, sentence) => {
  expect(describeRule(subject)).toBe(sentence);
});

test('a command is not repeated below itself', () => {
  expect(describeOwnRule(command)).toBe('Exactly this command');
});
