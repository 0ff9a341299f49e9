import { until } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { startMailServer } from '../mail/fixtures/mail-server.ts';
import { createMailer } from '../mail/mailer.ts';
import { createLogger } from '../telemetry/logger.ts';
import { answerCheaply, CALL_MICRO_USD, spend, startBudgetedGateway } from './fixtures/budgeted-gateway.ts';
import { createBudgets } from './fixtures/create-budgets.ts';

it('mails of a budget that is used up, and of an upstream that is given up', async () => {
  await using server = await startMailServer();
  let fails = false;
  await using gateway = await startBudgetedGateway(
    (request, response) => (fails ? response.writeHead(500).end('{}') : answerCheaply(request, response)),
    {
      ...{ url: 'sqlite::memory:', nodeId: 'one', breaker: { failures: 2, windowMs: 60_000, openMs: 15_000 } },
      openMailer: (store) =>
        createMailer({
          ...{ url: server.toUrl('p%40ss'), from: 'csp@example.com', to: ['op@example.com'], store },
          ...{ clock: { now: Date.now }, logger: createLogger({ level: 'silent' }), tls: { ca: server.ca } },
        }),
    },
  );
  const [id] = await createBudgets(gateway, [{ scope: 'user', targetId: 'user_1', limitMicroUsd: CALL_MICRO_USD }]);
  await spend(gateway.gateway, gateway.gateway.token, 1);
  await until('the mail of the budget is there', () => server.mails.length > 0);
  expect(server.mails[0]?.text).toMatch(/^Subject: .*is used up\r$/m);
  expect(server.mails[0]?.text).toContain(`Budget: ${id}`);

  fails = true;
  for (const _ of 'ab') await spend(gateway.gateway, gateway.gateway.issue('sesn_2'), 1);
  await until('the mail of the upstream is there', () => server.mails.length > 1);
  expect(server.mails[1]?.text).toContain('Subject: The model upstream first is given up');
});
