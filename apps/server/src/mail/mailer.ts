import type { ConnectionOptions } from 'node:tls';

import type { Clock } from '../lib/clock.ts';
import { createDueLoop } from '../lib/due-loop.ts';
import type { StoredMail } from '../store/mails.ts';
import type { Store, StoreTransaction } from '../store/port.ts';
import type { Logger } from '../telemetry/logger.ts';
import { toRetryDelayMs } from '../webhooks/retry-delay.ts';

/** What operators are told. It has names, amounts and times, and no text of people or agents. */
export interface Mail {
  subject: string;
  text: string;
  /** Of mails with the same key one is sent within an hour, whichever server notices. */
  key: string;
}

/** Sends mails to operators in the background. */
export interface Mailer {
  /** Stores a mail with what it tells of. Call `wake` after the commit. */
  put(mail: Mail, transaction: Pick<StoreTransaction, 'mails'>): Promise<void>;
  /** Sends what is stored, in the background. */
  wake(): void;
  /** Stores a mail and sends it, in the background. Nothing waits for it, and nothing fails with it. */
  send(mail: Mail): void;
  /** Resolves when nothing is being sent. What waits for another attempt is sent after the next start. */
  close(): Promise<void>;
}

export interface MailerDeps {
  /** `smtp://USER:PASSWORD@HOST:587`, or `smtps://` for TLS from the beginning. */
  url: string;
  from: string;
  to: readonly string[];
  store: Pick<Store, 'mails'>;
  clock: Clock;
  logger: Pick<Logger, 'warn' | 'error'>;
  tls?: Pick<ConnectionOptions, 'ca'>;
  toDelayMs?(attempts: number): number;
}

/** Without a configured mail server. */
export const NO_MAILER: Mailer = {
  ...{ put: async () => undefined, wake: () => undefined, send: () => undefined, close: async () => undefined },
};

const MAX_WAITING = 500;
const AT_ONCE = 4;
const QUIET_MS = 60 * 60_000;
const WANTED_MS = 24 * 60 * 60_000;
const TIMEOUT_MS = 20_000;
/** Longer than an attempt takes: three of these times, and some. */
const BUSY_MS = 90_000;
/** From here on an answer of SMTP is final (RFC 5321, 4.2.1). */
const FINAL = 500;

const toTime = (ms: number) => new Date(ms).toISOString();

/** A mail that the server does not take now is sent again after 2 s, 6 s, 18 s, … an hour, for a day. */
export function createMailer(deps: MailerDeps): Mailer {
  const { store, clock, logger, toDelayMs = (attempts) => toRetryDelayMs(attempts, Math.random()) } = deps;
  const storing = new Set<Promise<void>>();
  let forgottenAtMs = -Infinity;

  const attempt = async (mail: StoredMail) => {
    try {
      await deliver(deps, mail);
    } catch (error) {
      const { subject } = mail;
      const attempts = mail.attempts + 1;
      const isFinal = Number((error as { responseCode?: unknown }).responseCode) >= FINAL;
      if (!isFinal && clock.now() - Date.parse(mail.createdAt) <= WANTED_MS) {
        const dueAt = toTime(clock.now() + toDelayMs(attempts));
        await store.mails.putBack(mail, { attempts, dueAt });
        logger.warn({ err: error, subject, attempts, due_at: dueAt }, 'the mail server did not take a mail');
        return;
      }
      logger.error({ err: error, subject }, 'a mail was not sent');
    }
    await store.mails.settle(mail);
  };
  const loop = createDueLoop({
    clock,
    async doSome() {
      const now = clock.now();
      if (now - forgottenAtMs >= QUIET_MS) {
        await store.mails.forgetSettled(toTime(now - QUIET_MS));
        forgottenAtMs = now;
      }
      const taken = await store.mails.take({ now: toTime(now), busyUntil: toTime(now + BUSY_MS), limit: AT_ONCE });
      await Promise.all(taken.map(attempt));
      return taken.length > 0;
    },
    findNextDue: () => store.mails.findNextDue(),
    onUnreadable: (error) => logger.warn({ err: error }, 'mails that wait could not be looked up'),
  });
  const put: Mailer['put'] = async ({ key, subject, text }, { mails }) => {
    const now = clock.now();
    if ((await mails.countWaiting()) >= MAX_WAITING)
      return logger.error({ subject }, 'a mail was not sent: too many wait');
    await mails.put({ ...{ key, subject, text }, createdAt: toTime(now), quietSince: toTime(now - QUIET_MS) });
  };

  return {
    put,
    wake: () => void loop.wake(),
    send(mail) {
      const stored = put(mail, store)
        // A database that is away is no reason to tell nobody.
        .catch(() => deliver(deps, mail))
        .then(() => void loop.wake())
        .catch((error: unknown) => logger.error({ err: error, subject: mail.subject }, 'a mail was not sent'))
        .finally(() => storing.delete(stored));
      storing.add(stored);
    },
    async close() {
      await Promise.all(storing);
      await loop.close();
    },
  };
}

async function deliver(
  { from, to, url, tls }: MailerDeps,
  { subject, text }: Pick<Mail, 'subject' | 'text'>,
): Promise<void> {
  const transport = await openTransport({ url, ...(tls && { tls }) });
  try {
    await transport.sendMail({ from, to: [...to], subject, text });
  } finally {
    transport.close();
  }
}

/** Connects to the mail server and signs in, and sends nothing. Rejects with the reason. */
export async function checkMailServer(server: Pick<MailerDeps, 'url' | 'tls'>): Promise<void> {
  const transport = await openTransport(server);
  try {
    await transport.verify();
  } finally {
    transport.close();
  }
}

/** A password never goes over a connection without TLS. nodemailer is loaded with the first mail. */
async function openTransport({ url, tls }: Pick<MailerDeps, 'url' | 'tls'>) {
  const { createTransport } = await import('nodemailer');
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === 'smtps:';
  return createTransport({
    ...{ host: hostname.replaceAll(/[[\]]/g, ''), secure, port: Number(port) || (secure ? 465 : 587) },
    ...(username !== '' && {
      auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
      requireTLS: !secure,
    }),
    ...{ connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS },
    ...(tls && { tls }),
  });
}
