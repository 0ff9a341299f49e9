import { expect, test } from 'vitest';

import { parseChatOptions } from './chat-options.ts';

test('talks to the local server when nothing is said', () => {
  expect(parseChatOptions([])).toEqual({
    kind: 'options',
    options: {
      url: 'http://127.0.0.1:4600',
      sessionId: undefined,
      model: undefined,
      permissionMode: undefined,
      print: undefined,
    },
  });
});

test('reads every option', () => {
  const args = [
    '--url',
    'https://csp.example',
    '--session',
    'sesn_1',
    '--model',
    'opus',
    '--permission-mode',
    'plan',
    '--print',
    'hi',
  ];
  expect(parseChatOptions(args)).toMatchObject({
    options: { url: 'https://csp.example', sessionId: 'sesn_1', model: 'opus', permissionMode: 'plan', print: 'hi' },
  });
});

test.each([[['--permission-mode', 'yolo']], [['--api-key', 'secret']], [['--print', ' ']], [['stray']]])(
  'refuses %j',
  (args) => {
    expect(parseChatOptions(args).kind).toBe('wrong');
  },
);
