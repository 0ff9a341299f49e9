import type { IncomingWebhookParams, IncomingWebhookResource } from '@claude-sdk-pattern/protocol/v1';
import { useState, type FormEvent } from 'react';

import { t as app } from '../../messages/index.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { t } from './webhook-messages.ts';
import { Copied, toWebhookUrl } from './webhook-secret.tsx';

type Verification = IncomingWebhookParams['verification'];

const KINDS = Object.entries(t.verifications) as [Verification, { name: string; help: string }][];
/** As the server takes it. */
const FIELD_PATH = /^[\w$@-]+(?:\.[\w$@-]+)*$/;

export interface WebhookFormProps {
  /** Null while it is closed. */
  webhook: IncomingWebhookResource | null;
  busy: boolean;
  failure: string | null;
  onSubmit: (params: IncomingWebhookParams) => void;
  onCloseWebhook: () => void;
  onCancel: () => void;
}

/** How senders prove themselves, and what of a delivery the agent gets. */
export function WebhookForm(props: WebhookFormProps) {
  const { webhook, busy, failure, onSubmit, onCloseWebhook, onCancel } = props;
  const [verification, setVerification] = useState<Verification>(webhook?.verification ?? 'github');
  const [fields, setFields] = useState(webhook?.fields?.join(', ') ?? '');
  const [tried, setTried] = useState(false);
  const paths = fields.split(/[\s,]+/).filter((path) => path !== '');
  const isBad = paths.some((path) => !FIELD_PATH.test(path));
  const sessionId = webhook?.session_id ?? null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (busy || isBad) return;
    onSubmit({
      verification,
      ...(paths.length > 0 && { fields: paths }),
      ...(sessionId !== null && { session_id: sessionId }),
    });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4" noValidate>
      {webhook !== null && <Copied name={t.address} text={toWebhookUrl(webhook)} copy={t.copyAddress} />}
      <fieldset>
        <legend className="mb-1 text-sm font-semibold">{t.verification}</legend>
        <div className="divide-y divide-line rounded-sm border border-control">
          {KINDS.map(([kind, { name, help }]) => (
            <label
              key={kind}
              className="tap flex cursor-pointer items-start gap-3 px-3 py-2 hover:bg-hover has-checked:bg-accent-soft"
            >
              <input
                type="radio"
                name="verification"
                {...(kind === verification && { 'data-autofocus': '' })}
                className="mt-0.5 size-4 shrink-0 accent-accent"
                checked={kind === verification}
                onChange={() => setVerification(kind)}
              />
              <span>
                <span className="block font-semibold">{name}</span>
                <span className="block text-sm text-muted">{help}</span>
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <Field
        label={t.fields}
        help={t.fieldsHelp}
        value={fields}
        onValue={setFields}
        required={false}
        autoComplete="off"
        spellCheck={false}
        problem={tried && isBad ? t.fieldsProblem : null}
      />
      {sessionId !== null && <p className="text-sm text-muted">{t.toSession}</p>}
      {webhook !== null && <p className="text-sm text-muted">{t.replaceHelp}</p>}
      {failure !== null && (
        <p role="alert" className="text-sm text-bad">
          {failure}
        </p>
      )}
      <div className="flex flex-wrap justify-end gap-2">
        {webhook !== null && (
          <Button look="danger" className="mr-auto" onClick={onCloseWebhook}>
            {t.close}
          </Button>
        )}
        <Button onClick={onCancel}>{app.app.cancel}</Button>
        <Button type="submit" look="primary" busy={busy}>
          {webhook === null ? t.open : t.replace}
        </Button>
      </div>
    </form>
  );
}
