import type { ConnectionOptions } from 'node:tls';

import { toRetryDelayMs } from '../webhooks/retry-delay.ts';
import { makeRoom } from '../lib/make-room.ts';
import type { UptimeClock } from '../lib/clock.ts';
import type { Logger } from '../telemetry/logger.ts';

/** What operators are told. It has names, amounts and times, and no text of people or agents. */
export interface Mail {
  subject: string;
  text: string;
  /** Of mails with the same key one is sent within an hour. */
  key: string;
}

/** Sends mails to operators in the background. */
export interface Mailer {
  /** Returns at once. Nothing waits for a mail server, and nothing fails with it. */
  send(mail: Mail): void;
  /** Resolves when nothing is being sent. What waits for another attempt is given up. */
  close(): Promise<void>;
}

export interface MailerDeps {
  /** `smtp://USER:PASSWORD@HOST:587`, or `smtps://` for TLS from the beginning. */
  url: string;
  from: string;
  to: readonly string[];
  clock: UptimeClock;
  logger: Pick<Logger, 'warn' | 'error'>;
  tls?: Pick<ConnectionOptions, 'ca'>;
  toDelayMs?(attempts: number): number;
}

/** Without a configured mail server. */
export const NO_MAILER: Mailer = { send: () => undefined, close: async () => undefined };

const MAX_WAITING = 500;
const QUIET_MS = 60 * 60_000;
const WANTED_MS = 24 * 60 * 60_000;
const TIMEOUT_MS = 20_000;
/** From here on an answer of SMTP is final (RFC 5321, 4.2.1). */
const FINAL = 500;

interface Waiting {
  mail: Mail;
  attempts: number;
  sinceMs: number;
}

/** A mail that the server does not take now is sent again after 2 s, 6 s, 18 s, … an hour, for a day. */
export function createMailer(deps: MailerDeps): Mailer {
  const { clock, logger, toDelayMs = (attempts) => toRetryDelayMs(attempts, Math.random()) } = deps;
  const told = new Map<string, number>();
  const timers = new Set<NodeJS.Timeout>();
  const sending = new Set<Promise<void>>();
  let waiting = 0;
  let isClosed = false;

  const attempt = async (entry: Waiting) => {
    const { mail } = entry;
    try {
      await deliver(deps, mail);
      waiting -= 1;
    } catch (error) {
      entry.attempts += 1;
      const isFinal = Number((error as { responseCode?: unknown }).responseCode) >= FINAL;
      if (isFinal || isClosed || clock.uptimeMs() - entry.sinceMs > WANTED_MS) {
        waiting -= 1;
        logger.error({ err: error, subject: mail.subject }, 'a mail was not sent');
        return;
      }
      const delayMs = toDelayMs(entry.attempts);
      logger.warn({ err: error, attempts: entry.attempts, delay_ms: delayMs }, 'the mail server did not take a mail');
      const timer = setTimeout(() => {
        timers.delete(timer);
        run(entry);
      }, delayMs).unref();
      timers.add(timer);
    }
  };

  const run = (entry: Waiting) => {
    const running = attempt(entry).finally(() => sending.delete(running));
    sending.add(running);
  };

  return {
    send(mail) {
      const nowMs = clock.uptimeMs();
      if (isClosed || nowMs - (told.get(mail.key) ?? -QUIET_MS) < QUIET_MS) return;
      if (waiting >= MAX_WAITING) return logger.error({ subject: mail.subject }, 'a mail was not sent: too many wait');
      makeRoom(told, MAX_WAITING);
      told.set(mail.key, nowMs);
      waiting += 1;
      run({ mail, attempts: 0, sinceMs: nowMs });
    },
    async close() {
      isClosed = true;
      for (const timer of timers) clearTimeout(timer);
      await Promise.all(sending);
    },
  };
}

async function deliver({ from, to, ...server }: MailerDeps, { subject, text }: Mail): Promise<void> {
  const transport = await openTransport(server);
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
