import type { Config } from '../config/load-config.ts';
import { checkMailServer } from '../mail/mailer.ts';
import { readSmtpUrl } from '../mail/open-mailer.ts';
import { type CheckResult, toOk, toProblem } from './check-result.ts';

const NAME = 'Mail';

/** Connects to the mail server and signs in, and sends nothing. Undefined without one. */
export async function checkMail(
  config: Pick<Config, 'smtpUrl' | 'smtpPasswordFile' | 'mailFrom' | 'alertEmails'>,
): Promise<CheckResult | undefined> {
  if (config.smtpUrl === undefined) return undefined;
  if (config.mailFrom === undefined || config.alertEmails.length === 0)
    return toProblem(NAME, 'warning', {
      detail: 'a mail server is set, but nobody gets mails',
      remedy: 'Set CLAUDE_SDK_PATTERN_MAIL_FROM and CLAUDE_SDK_PATTERN_ALERT_EMAILS.',
    });
  const { host } = new URL(config.smtpUrl);
  try {
    await checkMailServer({ url: (await readSmtpUrl(config)) ?? config.smtpUrl });
  } catch (error) {
    return toProblem(NAME, 'warning', {
      detail: `${host} takes no mails: ${error instanceof Error ? error.message : String(error)}`,
      remedy: 'Check CLAUDE_SDK_PATTERN_SMTP_URL, the password, and whether this machine reaches the mail server.',
    });
  }
  return toOk(NAME, `${host} takes mails to ${config.alertEmails.join(', ')}`);
}
