import { expect, test } from 'vitest';

import { askApproval } from './approvals.ts';
import type { ToolUse } from './turn-state.ts';

function toolUse(name: string, input: Record<string, unknown>): ToolUse {
  return { type: 'agent.tool_use', id: 'sevt_1', name, input, processed_at: '' };
}

function approval(session_rule: string | null) {
  return {
    type: 'session.approval_requested' as const,
    id: 'x',
    processed_at: '',
    event_id: 'sevt_1',
    tool_name: 'Bash',
    title: 'Run a command',
    reason: null,
    session_rule,
  };
}

/** A prompt that is answered with the given lines, one per question. */
function person(...lines: string[]) {
  const shown: string[] = [];
  return { shown, show: (line: string) => shown.push(line), ask: () => Promise.resolve(lines.shift() ?? 'n') };
}

const bash = toolUse('Bash', { command: 'rm -rf build\nnpm run build' });

test('shows the whole input before it asks', async () => {
  const io = person('y');
  await askApproval(bash, approval(null), io);
  expect(io.shown).toEqual(['? Run a command', '    command:', '      rm -rf build', '      npm run build']);
});

test.each([
  ['y', { result: 'allow', scope: 'once' }],
  ['s', { result: 'allow', scope: 'session' }],
  ['n', { result: 'deny' }],
  ['n use make instead', { result: 'deny', deny_message: 'use make instead' }],
])('reads %j', async (line, answer) => {
  expect(await askApproval(bash, approval('Bash(npm run build)'), person(line))).toEqual({
    type: 'user.tool_confirmation',
    tool_use_id: 'sevt_1',
    ...answer,
  });
});

test('asks again for anything else, and for the session where there is no such rule', async () => {
  expect(await askApproval(bash, approval(null), person('', 'yes please', 's', 'n'))).toMatchObject({ result: 'deny' });
});

const questions = [
  {
    question: 'Which library?',
    header: 'Library',
    multiSelect: false,
    options: [
      { label: 'zod', description: 'schemas' },
      { label: 'ajv', description: '' },
    ],
  },
  {
    question: 'Which targets?',
    header: 'Targets',
    multiSelect: true,
    options: [{ label: 'web' }, { label: 'node' }, { label: 'bun' }],
  },
];

test('offers the choices of a question by number, or takes own words', async () => {
  const io = person('3', '1', '1, 3');
  const answer = await askApproval(toolUse('AskUserQuestion', { questions }), undefined, io);
  expect(answer).toMatchObject({ result: 'allow', answers: { 'Which library?': 'zod', 'Which targets?': 'web, bun' } });
  expect(io.shown).toContain('    1. zod – schemas');
  const own = await askApproval(toolUse('AskUserQuestion', { questions }), undefined, person('valibot', 'deno'));
  expect(own.answers).toEqual({ 'Which library?': 'valibot', 'Which targets?': 'deno' });
});
