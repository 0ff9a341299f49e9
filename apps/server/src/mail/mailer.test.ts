import { until } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/port.ts';
import { createLogger } from '../telemetry/logger.ts';
import { startMailServer } from './fixtures/mail-server.ts';
import { checkMailServer, createMailer } from './mailer.ts';

interface Opened {
  store: Store;
  url: string;
  ca?: string;
  delayMs?: number;
}

function openMailer({ store, url, ca, delayMs = 0 }: Opened) {
  const clock = { nowMs: Date.now() };
  const mailer = createMailer({
    ...{ url, from: 'csp@example.com', to: ['op@example.com', 'night@example.com'], store },
    clock: { now: () => clock.nowMs },
    logger: createLogger({ level: 'silent' }),
    ...(ca !== undefined && { tls: { ca } }),
    toDelayMs: () => delayMs,
  });
  return { clock, mailer };
}

const MAIL = { subject: 'A budget is used up', text: 'The daily budget, $10.00, is used up.', key: 'bdgt_1 reached' };

it('sends a mail over TLS to all operators, again where the server is busy, and once an hour', async () => {
  await using server = await startMailServer({ refusals: 2 });
  await using store = await openStore({ url: 'sqlite::memory:' });
  const { clock, mailer } = openMailer({ store, url: server.toUrl('p%40ss'), ca: server.ca });
  mailer.send(MAIL);
  mailer.send(MAIL);
  await until('the mail is there', () => server.mails.length > 0);
  expect(server.countAttempts()).toBe(3);
  expect(server.mails).toMatchObject([{ to: ['op@example.com', 'night@example.com'], isSecure: true }]);
  expect(server.mails[0]?.text).toContain('Subject: A budget is used up');
  expect(server.mails[0]?.text).toContain(MAIL.text);
  clock.nowMs += 60 * 60_000;
  mailer.send(MAIL);
  await until('it is sent again', () => server.mails.length === 2);
  await mailer.close();
});

it('gives up at once where the password is wrong, and says so to a check', async () => {
  await using server = await startMailServer();
  await using store = await openStore({ url: 'sqlite::memory:' });
  const { mailer } = openMailer({ store, url: server.toUrl('wrong'), ca: server.ca });
  mailer.send(MAIL);
  await until('it is given up', async () => (await store.mails.countWaiting()) === 0 && server.refused.length > 0);
  await mailer.close();
  expect(server.mails).toEqual([]);
  const check = (url: string, ca = server.ca) => checkMailServer({ url, tls: { ca } });
  await expect(check(server.toUrl('wrong'))).rejects.toThrow('Wrong password');
  await check(server.toUrl('p%40ss'));
});

it('keeps what no server takes, and what an earlier start has left is sent', async () => {
  await using store = await openStore({ url: 'sqlite::memory:' });
  const first = openMailer({ store, url: 'smtp://127.0.0.1:9', delayMs: 1000 });
  first.mailer.send(MAIL);
  await until(
    'it was tried',
    async () => (await store.database.selectFrom('mails').selectAll().execute())[0]?.attempts,
  );
  await first.mailer.close();

  await using server = await startMailServer();
  const next = openMailer({ store, url: server.toUrl('p%40ss'), ca: server.ca });
  next.clock.nowMs += 1000;
  next.mailer.wake();
  await until('the mail is there', () => server.mails.length === 1);
  await next.mailer.close();
  expect(await store.mails.countWaiting()).toBe(0);
});
