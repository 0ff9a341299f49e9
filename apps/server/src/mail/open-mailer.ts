import { readFile } from 'node:fs/promises';

import { ConfigError, type Config } from '../config/load-config.ts';
import { CONFIG_VARIABLES } from '../config/schema.ts';
import { createMailer, NO_MAILER, type Mailer, type MailerDeps } from './mailer.ts';

type MailConfig = Pick<Config, 'smtpUrl' | 'smtpPasswordFile' | 'mailFrom' | 'alertEmails'>;

/**
 * The URL of the mail server, with the password of its file; undefined where no mails are sent.
 * @throws ConfigError where the file cannot be read
 */
export async function readSmtpUrl({ smtpUrl, smtpPasswordFile }: MailConfig): Promise<string | undefined> {
  if (smtpUrl === undefined || smtpPasswordFile === undefined) return smtpUrl;
  const url = new URL(smtpUrl);
  const text = await readFile(smtpPasswordFile, 'utf8').catch((error: Error) => {
    throw new ConfigError(
      `${CONFIG_VARIABLES.smtpPasswordFile.name}: ${smtpPasswordFile} cannot be read: ${error.message}`,
    );
  });
  url.password = encodeURIComponent(text.trim());
  return url.href;
}

/** Sends at once what the last start has left. @throws ConfigError */
export async function openMailer(
  config: MailConfig,
  deps: Pick<MailerDeps, 'store' | 'clock' | 'logger'>,
): Promise<Mailer> {
  const url = await readSmtpUrl(config);
  const { mailFrom: from, alertEmails: to } = config;
  if (url === undefined || from === undefined || to.length === 0) return NO_MAILER;
  const mailer = createMailer({ url, from, to, ...deps });
  mailer.wake();
  return mailer;
}
