import { say, startScriptedModel } from '@claude-sdk-pattern/scripted-model';
import { startEmbeddedPostgres, startServer, until } from '@claude-sdk-pattern/testkit';
import { afterAll, expect, it } from 'vitest';

import { createBudgets } from '../src/model-gateway/fixtures/create-budgets.ts';
import {
  answerCheaply,
  CALL_MICRO_USD,
  spend,
  startBudgetedGateway,
} from '../src/model-gateway/fixtures/budgeted-gateway.ts';
import { openChat, textsOf } from './support/chat.ts';

const postgres = await startEmbeddedPostgres();
afterAll(() => postgres.close());

it('keeps everything in PostgreSQL and goes on after the server was killed', async () => {
  await using model = await startScriptedModel({
    scenarios: [{ reply: (conversation) => say(`You said: ${conversation.userTexts.join(', ')}`) }],
  });
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

it('stops 20 sessions on two servers within one call of a budget that they spend at the same time', async () => {
  const url = await postgres.createDatabase();
  await using first = await startBudgetedGateway(answerCheaply, { url, nodeId: 'one' });
  await using second = await startBudgetedGateway(answerCheaply, { url, nodeId: 'two' });
  const [id] = await createBudgets(first, [{ scope: 'platform', limitMicroUsd: 1_000_000 }]);
  await until('the second server knows it', () => second.budgets.book.all.length === 1);
  // As many calls as cost 100 dollars.
  const spent = await Promise.all(
    Array.from({ length: 20 }, (_, index) => {
      const { gateway } = index % 2 === 0 ? first : second;
      return spend(gateway, gateway.issue(`sesn_${index}`), 500);
    }),
  );
  expect(spent.filter(({ refusal }) => refusal.includes('is used up'))).toHaveLength(20);
  const made = spent.reduce((sum, each) => sum + each.made, 0);
  expect(made).toBe(1_000_000 / CALL_MICRO_USD);
  const since = { day: '0000', month: '0000', staleBefore: '0000' };
  await until('nothing is reserved', async () => {
    const [state] = await first.store.budgets.readStates([id], since);
    return state?.reservedMicroUsd === 0 && state.spentMicroUsd === 1_000_000;
  });
});
