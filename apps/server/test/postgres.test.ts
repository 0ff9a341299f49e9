import { say, startScriptedModel } from '@claude-sdk-pattern/scripted-model';
import { startEmbeddedPostgres, startServer } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openChat, textsOf } from './support/chat.ts';

it('keeps everything in PostgreSQL and goes on after the server was killed', async () => {
  await using model = await startScriptedModel({
    scenarios: [{ reply: (conversation) => say(`You said: ${conversation.userTexts.join(', ')}`) }],
  });
  await using postgres = await startEmbeddedPostgres();
  await using server = await startServer({
    upstreamUrl: model.url,
    environment: { ANTHROPIC_API_KEY: 'sk-upstream', CLAUDE_SDK_PATTERN_DATABASE_URL: await postgres.createDatabase() },
  });
  await using before = await openChat(server);
  await before.say('one');
  await before.waitForTurns(1);
  await server.kill('SIGKILL');
  await server.restart();

  await using after = await openChat(server, { sessionId: before.sessionId });
  await after.say('two');
  await after.waitForTurns(2);
  expect(textsOf(after)).toEqual(['You said: one', 'You said: one, two']);
  expect(after.seqs).toEqual(after.seqs.map((_, index) => index + 1));
});
