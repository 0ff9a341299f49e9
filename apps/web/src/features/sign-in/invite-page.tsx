import { useCallback, useEffect, useId, useState, type FormEvent } from 'react';

import type { Api, FoundInvitation } from '../../api/api.ts';
import { t } from '../../messages/index.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { Button } from '../../ui/button.tsx';
import { describeRefusal } from './describe-refusal.ts';
import { EntranceFrame } from './entrance-frame.tsx';
import { forgetInvitation } from './link-token.ts';
import { clearSignInProblem, findSignInProblem } from './sign-in-problem.ts';
import { InvitationSignOn } from './single-sign-on.tsx';
import { useNextLinkToken } from './use-link-token.ts';

export interface InvitePageProps {
  api: Api;
  /** The token of the invitation, taken from the address before the first render. */
  token: string;
  onSignedIn: () => void;
}

type Stage =
  | { stage: 'loading' }
  | { stage: 'found'; invitation: FoundInvitation }
  /** The invitation is used or too old, or the server cannot be asked. */
  | { stage: 'failed'; problem: Problem };

const FIELD = 'tap h-10 rounded-sm border border-control bg-bg px-3 text-lg';
const MIN_PASSWORD_LENGTH = 12;

/** The page of an invitation: the person chooses name and password, or goes to their provider, and is signed in. */
export function InvitePage({ api, token: first, onSignedIn }: InvitePageProps) {
  const [token, setToken] = useState(first);
  const [stage, setStage] = useState<Stage>({ stage: 'loading' });
  const [name, setName] = useState('');
  const [signOnProblem, setSignOnProblem] = useState(() => findSignInProblem(location));
  const [leaving, setLeaving] = useState(false);
  useEffect(() => clearSignInProblem(location, history), []);
  useNextLinkToken(setToken);

  const leave = async () => {
    setLeaving(true);
    setSignOnProblem(null);
    try {
      location.assign((await api.beginInvitationSignOn(token)).url);
    } catch (error) {
      setSignOnProblem(describeRefusal(error, t.invite.over));
    }
    // The person may come back to the page as they left it.
    setLeaving(false);
  };
  const find = useCallback(
    (wanted: string) => {
      setStage({ stage: 'loading' });
      api.findInvitation(wanted).then(
        (invitation) => {
          setName(invitation.name);
          setStage({ stage: 'found', invitation });
        },
        (error: unknown) => {
          const problem = toProblem(error);
          if (problem.kind === 'denied') forgetInvitation(window);
          setStage({ stage: 'failed', problem });
        },
      );
    },
    [api],
  );
  useEffect(() => find(token), [find, token]);

  const signOn = stage.stage === 'found' ? stage.invitation.single_sign_on : null;
  return (
    <EntranceFrame lead={signOn === null ? t.invite.lead : t.invite.leadWithSignOn}>
      {stage.stage === 'found' && signOn !== null && (
        <InvitationSignOn
          name={signOn.name}
          email={stage.invitation.email}
          problem={signOnProblem}
          busy={leaving}
          onLeave={() => void leave()}
        />
      )}
      {stage.stage === 'loading' && (
        <p role="status" className="py-4 text-center text-muted">
          {t.invite.loading}
        </p>
      )}
      {stage.stage === 'failed' && (
        <div className="flex flex-col gap-4">
          <p role="alert">{stage.problem.kind === 'denied' ? t.invite.over : stage.problem.message}</p>
          {stage.problem.kind === 'denied' ? (
            <Button onClick={() => location.assign('/sign-in')}>{t.invite.signIn}</Button>
          ) : (
            <Button look="primary" onClick={() => find(token)}>
              {t.app.retry}
            </Button>
          )}
        </div>
      )}
      {stage.stage === 'found' && (
        <InviteForm
          email={stage.invitation.email}
          name={name}
          onName={setName}
          accept={async (password) => {
            await api.acceptInvitation({ token, name: name.trim(), password });
            forgetInvitation(window);
          }}
          onSignedIn={onSignedIn}
        />
      )}
    </EntranceFrame>
  );
}

interface InviteFormProps {
  email: string;
  name: string;
  onName: (name: string) => void;
  accept: (password: string) => Promise<void>;
  onSignedIn: () => void;
}

function InviteForm({ email, name, onName, accept, onSignedIn }: InviteFormProps) {
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const id = useId();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setFailure(null);
    try {
      await accept(password);
      onSignedIn();
    } catch (error) {
      setFailure(describeRefusal(error, t.invite.over));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
      <div className="flex flex-col gap-1">
        <label htmlFor={`${id}-email`} className="text-sm font-semibold">
          {t.signIn.email}
        </label>
        <input
          id={`${id}-email`}
          type="email"
          autoComplete="username"
          readOnly
          value={email}
          className={`${FIELD} text-muted`}
        />
      </div>
      <div className="flex flex-col gap-1">
        <label htmlFor={`${id}-name`} className="text-sm font-semibold">
          {t.invite.name}
        </label>
        <input
          id={`${id}-name`}
          autoComplete="name"
          required
          maxLength={200}
          value={name}
          onChange={(event) => onName(event.target.value)}
          className={FIELD}
        />
      </div>
      <div className="flex flex-col gap-1">
        <label htmlFor={`${id}-password`} className="text-sm font-semibold">
          {t.invite.password}
        </label>
        <input
          id={`${id}-password`}
          type="password"
          autoComplete="new-password"
          required
          minLength={MIN_PASSWORD_LENGTH}
          maxLength={128}
          aria-describedby={`${id}-help`}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          className={FIELD}
        />
        <p id={`${id}-help`} className="text-sm text-muted">
          {t.invite.passwordHelp(MIN_PASSWORD_LENGTH)}
        </p>
      </div>
      {failure !== null && (
        <p role="alert" className="rounded-sm bg-bad-soft px-3 py-2 text-sm text-bad">
          {failure}
        </p>
      )}
      <Button type="submit" look="primary" busy={busy}>
        {t.invite.accept}
      </Button>
    </form>
  );
}
