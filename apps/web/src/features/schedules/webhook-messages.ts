import type { IncomingWebhookParams } from '@claude-sdk-pattern/protocol/v1';

type Verification = IncomingWebhookParams['verification'];

/** The English texts of the dialogue "Webhook" of a schedule. */
export const t = {
  title: (name: string) => `Webhook of ${name}`,
  help: 'A program outside, such as GitHub or a monitoring system, runs this by a request. What it sends reaches the agent as data, not as instructions.',
  address: 'Address',
  copyAddress: 'Copy the address',
  verification: 'How the sender proves itself',
  verifications: {
    github: { name: 'GitHub', help: 'Signs the body with the secret. Choose the content type application/json there.' },
    standard: { name: 'Standard Webhooks', help: 'Signs id, time and body, as many services do.' },
    bearer: { name: 'Secret in a header', help: 'Sends “Authorization: Bearer” with the secret. For own scripts.' },
    url: {
      name: 'Secret in the address',
      help: 'For senders that can only post to an address. Proxies may log it: only where nothing else works.',
    },
  } satisfies Record<Verification, { name: string; help: string }>,
  fields: 'Only these fields of the body',
  fieldsHelp: 'Such as action, pull_request.title. Empty for all of it.',
  fieldsProblem: 'Names with dots between, separated by commas.',
  toSession: 'Deliveries go to one session.',
  open: 'Open the webhook',
  replace: 'Save with a new secret',
  replaceHelp: 'The secret that the sender has stops working at once.',
  close: 'Close the webhook',
  closeTitle: 'Close this webhook?',
  closeHelp: 'Deliveries are refused from now on. Opening it again gives another secret.',
  failed: 'The webhook could not be loaded.',
  onceTitle: 'Give these to the sender',
  once: 'The secret is shown only now.',
  secret: 'Secret',
  copySecret: 'Copy the secret',
  example: 'Try it from a shell',
  copyExample: 'Copy the example',
  done: 'Done',
  leave: {
    title: 'Leave without the secret?',
    help: 'It is not shown again. If the sender does not have it yet, open the webhook once more to get another one.',
    confirm: 'Leave',
  },
  opened: (name: string) => `The webhook of ${name} is open`,
  closed: (name: string) => `The webhook of ${name} is closed`,
};
