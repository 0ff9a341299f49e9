import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';

import { until } from '@claude-sdk-pattern/testkit';
import { SMTPServer } from 'smtp-server';
import { expect, it } from 'vitest';

import { createLogger } from '../telemetry/logger.ts';
import { checkMailServer, createMailer } from './mailer.ts';

/** A certificate for `localhost`, made for this run. */
const CERTIFICATE = (() => {
  const dir = mkdtempSync(join(tmpdir(), 'csp-mail-'));
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2'];
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert];
  execFileSync('openssl', ['req', '-x509', ...made, ...names], { stdio: 'ignore' });
  const read = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  rmSync(dir, { recursive: true });
  return read;
})();

/** A real mail server with STARTTLS and sign-in, which refuses the first `refusals` mails for now. */
async function startMailServer({ refusals = 0 } = {}) {
  const mails: { text: string; to: string[]; isSecure: boolean }[] = [];
  let attempts = 0;
  const server = new SMTPServer({
    ...CERTIFICATE,
    disableReverseLookup: true,
    onAuth: ({ username, password }, _session, done) =>
      username === 'csp' && password === 'p@ss' ? done(null, { user: username }) : done(new Error('Wrong password')),
    onData(stream, session, done) {
      let text = '';
      stream.on('data', (chunk) => (text += String(chunk)));
      stream.on('end', () => {
        attempts += 1;
        if (attempts <= refusals) return done(Object.assign(new Error('Busy'), { responseCode: 451 }));
        mails.push({ text, to: session.envelope.rcptTo.map(({ address }) => address), isSecure: session.secure });
        done();
      });
    },
  });
  server.on('error', () => undefined);
  const listening = server.listen(0, 'localhost');
  await once(listening, 'listening');
  return {
    mails,
    countAttempts: () => attempts,
    toUrl: (password: string) => `smtp://csp:${password}@localhost:${(listening.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

function openMailer(url: string) {
  const clock = { nowMs: 0 };
  const mailer = createMailer({
    ...{ url, from: 'csp@example.com', to: ['op@example.com', 'night@example.com'] },
    clock: { uptimeMs: () => clock.nowMs },
    logger: createLogger({ level: 'silent' }),
    tls: { ca: CERTIFICATE.cert },
    toDelayMs: () => 0,
  });
  return { clock, mailer };
}

const MAIL = { subject: 'A budget is used up', text: 'The daily budget, $10.00, is used up.', key: 'bdgt_1 reached' };

it('sends a mail over TLS to all operators, again where the server is busy, and once an hour', async () => {
  await using server = await startMailServer({ refusals: 2 });
  const { clock, mailer } = openMailer(server.toUrl('p%40ss'));
  mailer.send(MAIL);
  mailer.send(MAIL);
  await until('the mail is there', () => server.mails.length > 0);
  expect(server.countAttempts()).toBe(3);
  expect(server.mails).toMatchObject([{ to: ['op@example.com', 'night@example.com'], isSecure: true }]);
  expect(server.mails[0]?.text).toContain('Subject: A budget is used up');
  expect(server.mails[0]?.text).toContain(MAIL.text);
  clock.nowMs = 60 * 60_000;
  mailer.send(MAIL);
  await until('it is sent again', () => server.mails.length === 2);
  await mailer.close();
});

it('gives up at once where the password is wrong, and says so to a check', async () => {
  await using server = await startMailServer();
  const { mailer } = openMailer(server.toUrl('wrong'));
  mailer.send(MAIL);
  await mailer.close();
  expect(server.mails).toEqual([]);
  const check = (url: string, ca = CERTIFICATE.cert) => checkMailServer({ url, tls: { ca } });
  await expect(check(server.toUrl('wrong'))).rejects.toThrow('Wrong password');
  await check(server.toUrl('p%40ss'));
});

it('never fails where nothing listens', async () => {
  const { mailer } = openMailer('smtp://127.0.0.1:9');
  mailer.send(MAIL);
  await mailer.close();
});
