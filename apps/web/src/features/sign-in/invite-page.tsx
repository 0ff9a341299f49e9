import type { SignInWays } from '@claude-sdk-pattern/protocol';
import { useCallback, useEffect, useState } from 'react';

import { toHref } from '../../api/base-path.ts';
import type { Api, FoundInvitation } from '../../api/api.ts';
import { entrance } from '../../messages/entrance.ts';
import { t } from '../../messages/index.ts';
import { findPasskeySite, readPage } from '../../services/passkey-site.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { Button } from '../../ui/button.tsx';
import { describeRefusal } from './describe-refusal.ts';
import { EntranceFrame } from './entrance-frame.tsx';
import { FirstPasskey } from './first-passkey.tsx';
import { InviteForm } from './invite-form.tsx';
import { forgetInvitation, INVITE_PATH } from './link-token.ts';
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
  | { stage: 'found'; invitation: FoundInvitation; ways: SignInWays }
  /** Signed in, without a way to come back yet. */
  | { stage: 'accepted' }
  /** The invitation is used or too old, or the server cannot be asked. */
  | { stage: 'failed'; problem: Problem };

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
      setSignOnProblem(describeRefusal(error, entrance.invite.over));
    }
    // The person may come back to the page as they left it.
    setLeaving(false);
  };
  const find = useCallback(
    (wanted: string) => {
      setStage({ stage: 'loading' });
      Promise.all([api.findInvitation(wanted), api.signInWays()]).then(
        ([invitation, ways]) => {
          setName(invitation.name);
          setStage({ stage: 'found', invitation, ways });
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
  const takesPasswords = stage.stage !== 'found' || stage.ways.password_sign_in;
  const site = stage.stage === 'found' ? findPasskeySite(stage.ways, readPage()) : null;
  const leads = {
    accepted: entrance.invite.leadAccepted,
    usual: entrance.invite.lead,
    choice: entrance.invite.leadWithChoice,
  };
  const lead = leads[stage.stage === 'accepted' ? 'accepted' : signOn === null && takesPasswords ? 'usual' : 'choice'];
  return (
    <EntranceFrame lead={lead}>
      {stage.stage === 'found' && signOn !== null && (
        <InvitationSignOn
          name={signOn.name}
          email={stage.invitation.email}
          problem={signOnProblem}
          busy={leaving}
          isOnly={!takesPasswords && site?.state !== 'here' && site?.state !== 'elsewhere'}
          onLeave={() => void leave()}
        />
      )}
      {stage.stage === 'loading' && (
        <p role="status" className="py-4 text-center text-muted">
          {entrance.invite.loading}
        </p>
      )}
      {stage.stage === 'failed' && (
        <div className="flex flex-col gap-4">
          <p role="alert">{stage.problem.kind === 'denied' ? entrance.invite.over : stage.problem.message}</p>
          {stage.problem.kind === 'denied' ? (
            <Button onClick={() => location.assign(toHref('/sign-in'))}>{entrance.invite.signIn}</Button>
          ) : (
            <Button look="primary" onClick={() => find(token)}>
              {t.app.retry}
            </Button>
          )}
        </div>
      )}
      {stage.stage === 'accepted' && <FirstPasskey api={api} onDone={onSignedIn} />}
      {!takesPasswords && site?.state === 'elsewhere' && (
        <p className="text-center text-sm text-muted">
          {entrance.invite.passkeyAt}{' '}
          <a
            href={`${site.url}${toHref(INVITE_PATH)}#link=${token}`}
            className="tap inline-flex items-center wrap-anywhere text-accent underline underline-offset-3"
          >
            {site.url}
          </a>
          {site.isLocal && `. ${entrance.signIn.passkeyLocal}`}
        </p>
      )}
      {!takesPasswords && signOn === null && (site?.state === 'nowhere' || site?.state === 'unsupported') && (
        <p role="alert">{entrance.invite.noWay[site.state]}</p>
      )}
      {stage.stage === 'found' && (takesPasswords || site?.state === 'here') && (
        <InviteForm
          email={stage.invitation.email}
          name={name}
          onName={setName}
          takesPasswords={takesPasswords}
          accept={async (password) => {
            await api.acceptInvitation({ token, name: name.trim(), ...(password !== null && { password }) });
            forgetInvitation(window);
          }}
          onAccepted={() => (takesPasswords ? onSignedIn() : setStage({ stage: 'accepted' }))}
        />
      )}
    </EntranceFrame>
  );
}
