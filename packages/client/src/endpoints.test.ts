import { expect, test } from 'vitest';

import { toEndpoints } from './endpoints.ts';

test.each([
  ['http://127.0.0.1:4600', 'ws://127.0.0.1:4600/ws/v1/chat'],
  ['https://csp.example/', 'wss://csp.example/ws/v1/chat'],
  ['https://example.com/agents/', 'wss://example.com/agents/ws/v1/chat'],
  ['wss://csp.example/ws/v1/chat', 'wss://csp.example/ws/v1/chat'],
])('reaches the socket of %s', (url, socketUrl) => {
  expect(toEndpoints(url).socketUrl).toBe(socketUrl);
});

test('finds the account beside the socket, also below a path', () => {
  expect(toEndpoints('wss://example.com/agents/ws/v1/chat').accountUrl).toBe(
    'https://example.com/agents/api/v1/bootstrap',
  );
});

test('leaves out a query, where a credential may hide', () => {
  expect(toEndpoints('http://host/?token=secret').socketUrl).toBe('ws://host/ws/v1/chat');
});

test.each(['ftp://host', 'https://user:secret@host', 'no url'])('refuses %s', (url) => {
  expect(() => toEndpoints(url)).toThrow(TypeError);
});
