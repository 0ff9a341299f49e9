import { createHmac } from 'node:crypto';

/** A secret of Standard Webhooks: `whsec_`, then 24 to 64 bytes in base64. */
const PREFIX = 'whsec_';

/**
 * The headers of a message as Standard Webhooks 1.0 has them, which the webhooks of the Anthropic API use as well:
 * HMAC-SHA256 of `id.timestamp.body`. With several secrets there is a signature of each, so that the receiver can
 * change over to a new one.
 */
export function signMessage(
  { id, body, nowMs }: { id: string; body: string; nowMs: number },
  secrets: readonly string[],
): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
