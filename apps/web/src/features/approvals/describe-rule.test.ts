import { expect, test } from 'vitest';

import { describeOwnRule, describeRule } from './describe-rule.ts';

test.each([
  ['Edit', 'Writing and editing any file in this workspace'],
  ['Bash(npm test)', 'Running exactly npm test'],
  ['Bash(echo a\necho (b))', 'Running exactly echo a\necho (b)'],
  ['WebFetch(domain:example.com)', 'Fetching any page of example.com'],
  ['WebSearch', 'Searching the web'],
  ['mcp__box__put_file', 'Any use of put_file of the server box'],
  ['Other', 'Any use of Other'],
])('says what %j allows', (rule, sentence) => {
  expect(describeRule(rule)).toBe(sentence);
});

test('a command is not repeated below itself', () => {
  expect(describeOwnRule('Bash(npm test)')).toBe('Exactly this command');
});
