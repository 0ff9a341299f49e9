import { useId, type FormEvent, type ReactNode } from 'react';

import type { SignInBody } from '@claude-sdk-pattern/protocol';

import { entrance } from '../../messages/entrance.ts';
import { Button } from '../../ui/button.tsx';

export type SignInMethod = 'password' | 'key';

export interface SignInFormProps {
  busy: boolean;
  /** Why the last attempt was refused. */
  failure: string | null;
  method: SignInMethod;
  /** Another way stands above the form, and has the focus. */
  isSecond: boolean;
  /** False where the server takes none: then only an API key does. */
  takesPasswords: boolean;
  onMethod: (method: SignInMethod) => void;
  onSubmit: (body: SignInBody) => void;
}

/** Signs in with email and password, or with an API key. */
export function SignInForm(props: SignInFormProps) {
  const { busy, failure, method, isSecond, takesPasswords, onMethod, onSubmit } = props;
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
    onSubmit(body);
  }

  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {takesPasswords && <MethodChoice method={method} onChoose={onMethod} />}
      {method === 'key' ? (
        <Field label={entrance.signIn.keyLabel} help={entrance.signIn.keyHelp}>
          {(id, helpId) => (
            <Input id={id} name="api_key" type="password" autoComplete="off" describedBy={helpId} first={!isSecond} />
          )}
        </Field>
      ) : (
        <>
          <Field label={entrance.signIn.email}>
            {(id) => <Input id={id} name="email" type="email" autoComplete="username webauthn" first={!isSecond} />}
          </Field>
          <Field label={entrance.signIn.password}>
            {(id) => <Input id={id} name="password" type="password" autoComplete="current-password" />}
          </Field>
        </>
      )}
      {failure !== null && (
        <p role="alert" className="rounded-sm bg-bad-soft px-3 py-2 text-sm text-bad">
          {failure}
        </p>
      )}
      <Button type="submit" look={isSecond ? 'plain' : 'primary'} disabled={busy}>
        {busy ? entrance.signIn.submitting : entrance.signIn.submit}
      </Button>
    </form>
  );
}

function MethodChoice({ method, onChoose }: { method: SignInMethod; onChoose: (method: SignInMethod) => void }) {
  return (
    <fieldset className="grid grid-cols-2 gap-1 rounded-sm bg-surface p-1">
      <legend className="sr-only">{entrance.signIn.title}</legend>
      {(['password', 'key'] as const).map((value) => (
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
          {value === 'key' ? entrance.signIn.withKey : entrance.signIn.withPassword}
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
  /** Focuses the field, except on a touch screen, where the keyboard would cover half the page. */
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
