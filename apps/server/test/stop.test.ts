import { hang, say, startScriptedModel, useTool } from '@claude-sdk-pattern/scripted-model';
import { connectRawWebSocket, startServer, until } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openChat, textsOf } from './support/chat.ts';

it('stops without waiting for clients that do not read, or whose line is dead', async () => {
  await using server = await startServer();
  await using frozen = await connectRawWebSocket(server, { apiKey: server.apiKey });
  await frozen.request({ type: 'ping' });
  frozen.pause();
  // The testkit kills a server that takes too long.
  expect(await server.stop()).toEqual({ code: 0, signal: null });
});

it('sends nobody to a server that is stopping, and lets the turn that runs come to its end', async () => {
  const gate = Promise.withResolvers<void>();
  await using model = await startScriptedModel({
    scenarios: [{ reply: [[say('One half'), hang({ until: gate.promise }), say(' and the other.')]] }],
  });
  await using server = await startServer({
    upstreamUrl: model.url,
    environment: { CLAUDE_SDK_PATTERN_SHUTDOWN_GRACE_SECONDS: '60' },
  });
  await using chat = await openChat(server);
  await chat.say('go');
  await chat.socket.waitFor((frame) => frame.type === 'preview');
  const stopped = server.kill('SIGTERM');
  await until('it is not ready any more', async () => (await server.fetch('/health/ready')).status === 503);
  expect((await server.fetch('/health/live')).status).toBe(200);
  gate.resolve();
  await chat.waitForTurns(1);
  expect(textsOf(chat).join('')).toBe('One half and the other.');
  expect(await stopped).toEqual({ code: 0, signal: null });
});

it('does not wait for an approval', async () => {
  await using model = await startScriptedModel({
    scenarios: [{ reply: [useTool('Write', { file_path: 'a.txt', content: 'x' }), say('Written.')] }],
  });
  await using server = await startServer({
    upstreamUrl: model.url,
    // Longer than the testkit waits before it kills.
    environment: { CLAUDE_SDK_PATTERN_SHUTDOWN_GRACE_SECONDS: '600' },
  });
  await using chat = await openChat(server);
  await chat.say('write a file');
  await chat.waitForEvent('session.approval_requested');
  expect(await server.stop()).toEqual({ code: 0, signal: null });
}, 120_000);
