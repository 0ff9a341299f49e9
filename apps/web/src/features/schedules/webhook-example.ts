import type { IncomingWebhookParams } from '@claude-sdk-pattern/protocol/v1';

const BODY = `BODY='{"action":"opened"}'`;
const JSON_TYPE = `-H 'content-type: application/json'`;

/** Commands for a shell that send one delivery, as far as the sender has to know the secret. */
export function toWebhookExample(
  verification: IncomingWebhookParams['verification'],
  { url, secret }: { url: string; secret: string },
): string {
  const given = `SECRET='${secret}'`;
  switch (verification) {
    case 'bearer':
      return `${given}
curl '${url}' ${JSON_TYPE} \\
  -H "authorization: Bearer $SECRET" -d '{"action":"opened"}'`;
    case 'url':
      return `curl '${url}' ${JSON_TYPE} \\
  -d '{"action":"opened"}'`;
    case 'github':
      return `${given}
${BODY}
SIGNED=$(printf %s "$BODY" | openssl dgst -sha256 -hmac "$SECRET" | sed 's/.* //')
curl '${url}' ${JSON_TYPE} \\
  -H "x-hub-signature-256: sha256=$SIGNED" -d "$BODY"`;
    case 'standard':
      return `${given}
${BODY}
ID=msg_$(date +%s) AT=$(date +%s)
KEY=$(printf %s "\${SECRET#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \\n')
SIGNED=$(printf %s "$ID.$AT.$BODY" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$KEY" -binary | base64)
curl '${url}' ${JSON_TYPE} \\
  -H "webhook-id: $ID" -H "webhook-timestamp: $AT" -H "webhook-signature: v1,$SIGNED" -d "$BODY"`;
  }
}
