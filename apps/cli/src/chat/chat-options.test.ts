import { expect, test } from 'vitest';

import { parseChatOptions } from './chat-options.ts';

test('talks to the local server when nothing is said', () => {
  expect(parseChatOptions([], {})).toEqual({
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

test.each([
  ['the port', { CLAUDE_SDK_PATTERN_PORT: '4711' }, 'http://127.0.0.1:4711'],
  ['the host', { CLAUDE_SDK_PATTERN_HOST: '::1' }, 'http://[::1]:4600'],
  ['a wildcard', { CLAUDE_SDK_PATTERN_HOST: '0.0.0.0', CLAUDE_SDK_PATTERN_PORT: '80' }, 'http://localhost:80'],
  ['no public address', { CLAUDE_SDK_PATTERN_PUBLIC_URL: 'https://csp.example' }, 'http://127.0.0.1:4600'],
])('follows %s of the configuration', (_name, environment, url) => {
  expect(parseChatOptions([], environment)).toMatchObject({ options: { url } });
  expect(parseChatOptions(['--url', 'http://other'], environment)).toMatchObject({ options: { url: 'http://other' } });
});

test('needs no configuration that can be read when the server is named', () => {
  const environment = { CLAUDE_SDK_PATTERN_PORT: 'http' };
  expect(parseChatOptions([], environment)).toMatchObject({
    kind: 'wrong',
    problem: expect.stringContaining('CLAUDE_SDK_PATTERN_PORT'),
  });
  expect(parseChatOptions(['--url', 'http://other'], environment).kind).toBe('options');
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
  expect(parseChatOptions(args, {})).toMatchObject({
    options: { url: 'https://csp.example', sessionId: 'sesn_1', model: 'opus', permissionMode: 'plan', print: 'hi' },
  });
});

test.each([[['--permission-mode', 'yolo']], [['--api-key', 'secret']], [['--print', ' ']], [['stray']]])(
  'refuses %j',
  (args) => {
    expect(parseChatOptions(args, {}).kind).toBe('wrong');
  },
);
