import { useEffect, useId, useRef, useState, type FormEvent, type ReactNode } from 'react';

import type { SignInBody } from '@claude-sdk-pattern/protocol';

import type { Api } from '../../api/api.ts';
import { t } from '../../messages/index.ts';
import { toProblem } from '../../session/problem.ts';
import { Button } from '../../ui/button.tsx';
import { Mark } from '../../ui/mark.tsx';
import { takeLinkToken } from './link-token.ts';

export interface SignInPageProps {
  api: Api;
  /** The token of a one-time link, taken from the address before anything was drawn. */
  linkToken: string | null;
  /** It happened to somebody at work. */
  signedOut: boolean;
  onSignedIn: () => void;
}

/** The way in: a one-time link, an API key, or email and password. */
export function SignInPage({ api, linkToken, signedOut, onSignedIn }: SignInPageProps) {
  const [method, setMethod] = useState<'key' | 'password'>('key');
  const [busy, setBusy] = useState<'link' | 'form' | null>(linkToken === null ? null : 'link');
  const [failure, setFailure] = useState<string | null>(null);
  /** The link is of no use any more, but this browser does not need it. */
  const [already, setAlready] = useState(false);
  const linkUsed = useRef(false);

  async function signIn(body: SignInBody, refusal: string): Promise<void> {
    setBusy('link_token' in body ? 'link' : 'form');
    setFailure(null);
    try {
      await api.signIn(body);
      onSignedIn();
    } catch (error) {
      const problem = toProblem(error);
      if ('link_token' in body && problem.kind === 'denied' && (await isSignedIn(api))) {
        setAlready(true);
        return;
      }
      setFailure(problem.kind === 'denied' ? refusal : problem.message);
      setBusy(null);
    }
  }

  useEffect(() => {
    if (linkToken === null || linkUsed.current) return;
    linkUsed.current = true;
    void signIn({ link_token: linkToken }, t.signIn.linkFailed);
  });
  // A new link in the tab of an expired one changes no more than the hash: the page is not loaded anew.
  useEffect(() => {
    const onHash = () => {
      const token = takeLinkToken(location, history);
      if (token !== null) void signIn({ link_token: token }, t.signIn.linkFailed);
    };
    window.addEventListener('hashchange', onHash);
    return () => window.removeEventListener('hashchange', onHash);
  });

  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const text = (name: string) => {
      const value = data.get(name);
      return typeof value === 'string' ? value : '';
    };
    const body: SignInBody =
      method === 'key'
        ? { api_key: text('api_key').trim() }
        : { email: text('email').trim(), password: text('password') };
    void signIn(body, t.signIn.wrong);
  }

  return (
    <main className="flex min-h-full items-center justify-center overflow-y-auto p-4">
      <div className="w-full max-w-sm">
        <div className="mb-6 flex flex-col items-center gap-3 text-center">
          <Mark size={44} />
          <div>
            <h1 className="text-xl font-semibold">{t.app.fullName}</h1>
            <p className="text-muted">{t.signIn.lead}</p>
          </div>
        </div>
        {signedOut && (
          <p role="alert" className="mb-3 rounded-md border border-warn bg-warn-soft px-4 py-3 text-sm">
            {t.signIn.signedOut}
          </p>
        )}
        <div className="rounded-lg border border-line bg-raised p-4 shadow-up md:p-6">
          {already ? (
            <div role="status" className="flex flex-col gap-4">
              <p className="text-center">{t.signIn.already}</p>
              <Button look="primary" onClick={onSignedIn}>
                {t.signIn.goOn}
              </Button>
            </div>
          ) : busy === 'link' ? (
            <p role="status" className="py-4 text-center text-muted">
              {t.signIn.linkWorking}
            </p>
          ) : (
            <form onSubmit={submit} className="flex flex-col gap-4">
              <MethodChoice
                method={method}
                onChoose={(next) => {
                  setMethod(next);
                  setFailure(null);
                }}
              />
              {method === 'key' ? (
                <Field label={t.signIn.keyLabel} help={t.signIn.keyHelp}>
                  {(id, helpId) => (
                    <Input id={id} name="api_key" type="password" autoComplete="off" describedBy={helpId} first />
                  )}
                </Field>
              ) : (
                <>
                  <Field label={t.signIn.email}>
                    {(id) => <Input id={id} name="email" type="email" autoComplete="username" first />}
                  </Field>
                  <Field label={t.signIn.password}>
                    {(id) => <Input id={id} name="password" type="password" autoComplete="current-password" />}
                  </Field>
                </>
              )}
              {failure !== null && (
                <p role="alert" className="rounded-sm bg-bad-soft px-3 py-2 text-sm text-bad">
                  {failure}
                </p>
              )}
              <Button type="submit" look="primary" disabled={busy !== null}>
                {busy === 'form' ? t.signIn.submitting : t.signIn.submit}
              </Button>
            </form>
          )}
        </div>
        <p className="mt-4 text-center text-xs text-muted">{t.app.powered}</p>
      </div>
    </main>
  );
}

function isSignedIn(api: Api): Promise<boolean> {
  return api.bootstrap().then(
    () => true,
    () => false,
  );
}

function MethodChoice({
  method,
  onChoose,
}: {
  method: 'key' | 'password';
  onChoose: (method: 'key' | 'password') => void;
}) {
  return (
    <fieldset className="grid grid-cols-2 gap-1 rounded-sm bg-surface p-1">
      <legend className="sr-only">{t.signIn.title}</legend>
      {(['key', 'password'] as const).map((value) => (
        <label
          key={value}
          className="tap flex h-8 items-center justify-center rounded-sm text-sm font-semibold text-muted has-checked:bg-selected has-checked:text-text has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent"
        >
          <input
            type="radio"
            name="method"
            value={value}
            checked={method === value}
            onChange={() => onChoose(value)}
            className="sr-only"
          />
          {value === 'key' ? t.signIn.withKey : t.signIn.withPassword}
        </label>
      ))}
    </fieldset>
  );
}

function Field(props: {
  label: string;
  help?: string;
  children: (id: string, helpId: string | undefined) => ReactNode;
}) {
  const id = useId();
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-sm font-semibold">
        {props.label}
      </label>
      {props.children(id, props.help === undefined ? undefined : `${id}-help`)}
      {props.help !== undefined && (
        <p id={`${id}-help`} className="text-sm text-muted">
          {props.help}
        </p>
      )}
    </div>
  );
}

function Input(props: {
  id: string;
  name: string;
  type: string;
  autoComplete: string;
  describedBy?: string | undefined;
  /** Takes the focus, but not on a touch screen, where that would cover half the page with a keyboard. */
  first?: boolean;
}) {
  return (
    <input
      id={props.id}
      name={props.name}
      type={props.type}
      autoComplete={props.autoComplete}
      aria-describedby={props.describedBy}
      required
      autoFocus={props.first === true && !matchMedia('(pointer: coarse)').matches}
      className="tap h-10 rounded-sm border border-control bg-bg px-3 text-lg"
    />
  );
}
