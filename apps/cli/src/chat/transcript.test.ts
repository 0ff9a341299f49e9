import type { PreviewEvent, SessionEvent } from '@claude-sdk-pattern/protocol';
import { expect, test } from 'vitest';

import { EMPTY_TRANSCRIPT, renderTranscript, type TranscriptInput, type TranscriptView } from './transcript.ts';

const processed_at = '2026-01-01T00:00:00Z';

function message(id: string, text: string, session_thread_id?: string): TranscriptInput {
  const event: SessionEvent = {
    type: 'agent.message',
    id,
    content: [{ type: 'text', text }],
    processed_at,
    ...(session_thread_id !== undefined && { session_thread_id }),
  };
  return { type: 'event', event };
}

function start(id: string, session_thread_id?: string): TranscriptInput {
  const preview: PreviewEvent = { type: 'event_start', event: { type: 'agent.message', id } };
  return { type: 'preview', preview: session_thread_id === undefined ? preview : { ...preview, session_thread_id } };
}

function delta(event_id: string, text: string): TranscriptInput {
  return {
    type: 'preview',
    preview: { type: 'event_delta', event_id, delta: { type: 'content_delta', content: { type: 'text', text } } },
  };
}

function call(id: string, name: string, input: Record<string, unknown>): TranscriptInput {
  return { type: 'event', event: { type: 'agent.tool_use', id, name, input, processed_at } };
}

function result(tool_use_id: string, text: string, is_error = false): TranscriptInput {
  const event: SessionEvent = {
    type: 'agent.tool_result',
    id: `r_${tool_use_id}`,
    tool_use_id,
    is_error,
    content: [{ type: 'text', text }],
    processed_at,
  };
  return { type: 'event', event };
}

function userMessage(text: string): TranscriptInput {
  return { type: 'event', event: { type: 'user.message', id: 'u', content: [{ type: 'text', text }], processed_at } };
}

function show(...inputs: TranscriptInput[]): string {
  return showIn({ width: 80, showsCost: true }, ...inputs);
}

function showIn(view: TranscriptView, ...inputs: TranscriptInput[]): string {
  let transcript = EMPTY_TRANSCRIPT;
  let output = '';
  for (const input of inputs) {
    const rendered = renderTranscript(transcript, input, view);
    transcript = rendered.transcript;
    output += rendered.pieces.map(({ text }) => text).join('');
  }
  return output;
}

test('writes a message as it streams, and ends its line when it is whole', () => {
  expect(show(start('a'), delta('a', 'Hel'), delta('a', 'lo'), message('a', 'Hello!'))).toBe('Hello!\n');
});

test('writes a message that was not streamed', () => {
  expect(show(message('a', 'Hello'))).toBe('Hello\n');
});

test('writes the whole message when its stream had a hole', () => {
  expect(show(start('a'), delta('a', 'Hello wor'), message('a', 'Goodbye'))).toBe('Hello wor\nGoodbye\n');
});

test('goes on where it stood after a reconnect in the middle of a message', () => {
  const inputs = [
    start('a'),
    delta('a', 'Hel'),
    { type: 'attached' as const },
    start('a'),
    delta('a', 'Hello'),
    message('a', 'Hello'),
  ];
  expect(show(...inputs)).toBe('Hello\n');
});

test('shows a tool call and its result as one line each', () => {
  expect(show(call('t', 'Bash', { command: 'npm test' }), result('t', 'ok\nfine\n'))).toBe(
    '● Bash npm test\n  └ ok (+1 line)\n',
  );
});

test('says whose result it is when several calls are open', () => {
  const output = show(
    call('a', 'Read', { file_path: 'a.ts' }),
    call('b', 'Read', { file_path: 'b.ts' }),
    result('a', 'x'),
    result('b', '', true),
  );
  expect(output.split('\n').slice(2, 4)).toEqual(['  └ Read a.ts: x', '  └ failed']);
});

test('shows the to-do list instead of the calls that keep it', () => {
  const todos = [
    { content: 'Look', status: 'completed' as const },
    { content: 'Weigh', active_form: 'Weighing', status: 'in_progress' as const },
  ];
  const output = show(call('t', 'TaskUpdate', { taskId: '1' }), result('t', 'updated'), {
    type: 'event',
    event: { type: 'session.todos_updated', id: 'l', todos, processed_at },
  });
  expect(output).toBe('☑ 1 of 2 tasks done · now: Weighing\n');
});

test('ends an open line before anything else is written', () => {
  expect(show(start('a'), delta('a', 'Let me see'), call('t', 'Bash', { command: 'ls' }))).toBe(
    'Let me see\n● Bash ls\n',
  );
});

test('leaves the words of subagents to the agent', () => {
  expect(show(start('a', 'thrd_1'), delta('a', 'x'), message('a', 'x', 'thrd_1'))).toBe('');
});

test('does not repeat what was typed here, but shows what others say', () => {
  expect(show({ type: 'typed', text: 'hi' }, userMessage('hi'), userMessage('hi'))).toBe('> hi\n');
});

test('never lets an agent drive the terminal', () => {
  const output = show(
    start('a'),
    delta('a', '\u001B[2Jx'),
    message('a', '\u001B[2Jx\u001B]0;t\u0007y'),
    call('t', 'Bash', { command: 'echo \u001B[31m' }),
    result('t', '\u001B[1A\u001B[2K'),
  );
  expect(output).toBe('xy\n● Bash echo\n  └ done\n');
});

test('tells each place in the queue, also those that only previews tell', () => {
  const output = show(
    { type: 'event', event: { type: 'session.process_queued', id: 'q', position: 3, processed_at } },
    { type: 'preview', preview: { type: 'queue_position', position: 2 } },
  );
  expect(output).toBe('Waiting for a free place (number 3)…\nWaiting for a free place (number 2)…\n');
});

const turnCompleted: TranscriptInput = {
  type: 'event',
  event: {
    type: 'session.turn_completed',
    id: 'c',
    turn: 1,
    outcome: 'completed',
    duration_ms: 3210,
    cost_usd: 0.0123,
    input_tokens: 1,
    output_tokens: 1,
    changed_files: ['a', 'b'],
    processed_at,
  },
};

test('tells of problems and of what a turn took', () => {
  const output = show(
    { type: 'event', event: { type: 'session.process_queued', id: 'q', position: 2, processed_at } },
    turnCompleted,
  );
  expect(output).toBe('Waiting for a free place (number 2)…\n— 3.2 s · $0.0123 · 2 files changed\n');
});

test('says that calls without a price are not in the cost', () => {
  const turn = { ...turnCompleted, event: { ...turnCompleted.event, unpriced_requests: 2 } };
  expect(show(turn as TranscriptInput)).toBe('— 3.2 s · $0.0123 + unpriced · 2 files changed\n');
});

test('says nothing of the price of a turn that costs nothing', () => {
  expect(showIn({ width: 80, showsCost: false }, turnCompleted)).toBe('— 3.2 s · 2 files changed\n');
});
