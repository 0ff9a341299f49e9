import type { AgentToolResultEvent } from '@claude-sdk-pattern/protocol';
import { expect, test } from 'vitest';

import { describeToolInput, summarizeToolCall, summarizeToolResult } from './summarize-tool.ts';

test.each([
  ['Bash', { description: 'Test', command: 'npm test\n--all' }, 'Bash npm test --all'],
  ['Write', { file_path: '/data/workspaces/sesn_01abc/src/a.ts', content: 'x' }, 'Write src/a.ts'],
  ['Grep', { pattern: 'TODO', path: 'src' }, 'Grep TODO'],
  ['AskUserQuestion', { questions: [{ question: 'Which one?' }] }, 'AskUserQuestion Which one?'],
  ['mcp__git__log', { count: 3 }, 'mcp__git__log {"count":3}'],
  ['EnterPlanMode', {}, 'EnterPlanMode'],
])('says what %s does by the part of its input that tells most', (name, input, line) => {
  expect(summarizeToolCall(name, input, 80)).toBe(line);
});

test('keeps to the width', () => {
  expect(summarizeToolCall('Bash', { command: 'x'.repeat(100) }, 20)).toHaveLength(20);
});

test('describes an input whole, without what a terminal obeys', () => {
  expect(describeToolInput({ command: 'a\n\u001B[2Jb', timeout: 5 })).toEqual(['command:', '  a', '  b', 'timeout: 5']);
});

function result(text: string, is_error = false): AgentToolResultEvent {
  return {
    type: 'agent.tool_result',
    id: 'r',
    tool_use_id: 't',
    is_error,
    content: [{ type: 'text', text }],
    processed_at: '',
  };
}

test.each([
  [result(''), 'done'],
  [result('one\n'), 'one'],
  [result('one\n\ntwo\nthree'), 'one (+2 lines)'],
  [result('<used>Bash</used>\nThe answer'), 'The answer (+1 line)'],
  [result('no such file', true), 'failed: no such file'],
  [result('', true), 'failed'],
])('says in one line what came out', (event, line) => {
  expect(summarizeToolResult(event, 80)).toBe(line);
});
