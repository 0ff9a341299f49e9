import type { IncomingWebhookResource } from '@claude-sdk-pattern/protocol/v1';

import { toHref } from '../../api/base-path.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { toWebhookExample } from './webhook-example.ts';
import { t } from './webhook-messages.ts';

export interface WebhookSecretProps {
  webhook: IncomingWebhookResource;
  secret: string;
  onDone: () => void;
}

/** What the sender has to be given, once: the address, the secret and an example. */
export function WebhookSecret({ webhook, secret, onDone }: WebhookSecretProps) {
  const { verification } = webhook;
  const url = toWebhookUrl(webhook) + (verification === 'url' ? `/${secret}` : '');
  const example = toWebhookExample(verification, { url, secret });
  return (
    <div className="flex flex-col gap-4">
      <div role="status" className="rounded-sm bg-warn-soft px-3 py-2 text-sm">
        <p className="font-semibold">{t.onceTitle}</p>
        <p>{t.once}</p>
      </div>
      <Copied name={t.address} text={url} copy={t.copyAddress} />
      {verification !== 'url' && <Copied name={t.secret} text={secret} copy={t.copySecret} />}
      <div>
        <div className="mb-1 flex items-center justify-between gap-2">
          <h3 className="text-sm font-semibold">{t.example}</h3>
          <CopyButton text={example} label={t.copyExample} />
        </div>
        <pre
          // Wide lines scroll, also by keyboard.
          tabIndex={0}
          aria-label={t.example}
          role="region"
          className="max-h-48 overflow-auto rounded-sm border border-line bg-surface px-3 py-2 text-xs"
        >
          {example}
        </pre>
      </div>
      <div className="flex justify-end">
        <Button look="primary" data-autofocus="" onClick={onDone}>
          {t.done}
        </Button>
      </div>
    </div>
  );
}

/** A text to copy, with its name. */
export function Copied({ name, text, copy }: { name: string; text: string; copy: string }) {
  return (
    <div>
      <h3 className="mb-1 text-sm font-semibold">{name}</h3>
      <div className="flex items-center gap-2">
        <code className="min-w-0 flex-1 rounded-sm border border-line bg-surface px-3 py-1.5 text-sm wrap-anywhere">
          {text}
        </code>
        <CopyButton text={text} label={copy} />
      </div>
    </div>
  );
}

export function toWebhookUrl({ path }: IncomingWebhookResource): string {
  return new URL(toHref(path), location.origin).href;
}
