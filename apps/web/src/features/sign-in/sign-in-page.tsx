import { useEffect, useState } from 'react';

import type { SignInBody } from '@claude-sdk-pattern/protocol';

import type { StoreApi } from 'zustand/vanilla';

import type { SignOutReason } from '../../api/api-error.ts';
import type { Api } from '../../api/api.ts';
import { entrance } from '../../messages/entrance.ts';
import type { Preferences } from '../../services/preferences.ts';
import { toProblem } from '../../session/problem.ts';
import { Button } from '../../ui/button.tsx';
import { isCancelled } from '../../services/passkey-ceremonies.ts';
import { findPasskeySite, readPage } from '../../services/passkey-site.ts';
import { describeRefusal } from './describe-refusal.ts';
import { EntranceFrame } from './entrance-frame.tsx';
import { PasskeyWay } from './passkey-way.tsx';
import { SignInForm } from './sign-in-form.tsx';
import { clearSignInProblem, findSignInProblem } from './sign-in-problem.ts';
import { SignOnProblem, SingleSignOn } from './single-sign-on.tsx';
import { useSignInMethod } from './use-sign-in-method.ts';
import { useLinkToken } from './use-link-token.ts';

export interface SignInPageProps {
  api: Api;
  preferences: StoreApi<Preferences>;
  /** The token of a one-time link, taken from the address before the first render. */
  linkToken: string | null;
  /** Why the person was signed out; null for somebody who was not signed in. */
  signedOut: SignOutReason | null;
  onSignedIn: () => void;
}

/** The sign-in page: a one-time link, email and password, an API key, or a passkey. */
export function SignInPage({ api, preferences, linkToken, signedOut, onSignedIn }: SignInPageProps) {
  const { method, ways, usual, choose, remember } = useSignInMethod(api, preferences);
  const [busy, setBusy] = useState<'link' | 'form' | null>(linkToken === null ? null : 'link');
  const [failure, setFailure] = useState<string | null>(null);
  const [signOnProblem] = useState(() => findSignInProblem(location));
  useEffect(() => clearSignInProblem(location, history), []);
  /** Where people sign in in other ways, the form waits until somebody has a key. */
  const [wantsKey, setWantsKey] = useState(false);
  /** The link no longer works, but this browser is signed in already. */
  const [already, setAlready] = useState(false);

  async function signIn(body: SignInBody, refusal: string): Promise<void> {
    setBusy('link_token' in body ? 'link' : 'form');
    setFailure(null);
    try {
      await api.signIn(body);
      if (!('link_token' in body)) remember(method);
      onSignedIn();
    } catch (error) {
      if ('link_token' in body && toProblem(error).kind === 'denied' && (await isSignedIn(api))) {
        setAlready(true);
        return;
      }
      setFailure(describeRefusal(error, refusal));
      setBusy(null);
    }
  }

  async function signInWithPasskey(pick: () => Promise<unknown>): Promise<void> {
    setFailure(null);
    try {
      await api.signIn({ passkey: await pick() });
      remember('passkey');
      onSignedIn();
    } catch (error) {
      setFailure(
        isCancelled(error) ? entrance.signIn.passkeyCancelled : describeRefusal(error, entrance.signIn.passkeyRefused),
      );
    }
  }

  useLinkToken(linkToken, (token) => void signIn({ link_token: token }, entrance.signIn.linkFailed));

  const takesPasswords = ways?.password_sign_in !== false;
  const hasPasskey = ways?.passkey === true && findPasskeySite(ways, readPage()).state === 'here';
  const hidesForm = !takesPasswords && !wantsKey && (hasPasskey || ways?.single_sign_on != null);
  const isPasskeyFirst = ways?.passkey === true && (usual === 'passkey' || !takesPasswords);
  const passkeyWay = ways !== null && (
    <PasskeyWay api={api} ways={ways} isFirst={isPasskeyFirst} onPick={signInWithPasskey} />
  );
  return (
    <EntranceFrame
      lead={entrance.signIn.lead}
      notice={
        signedOut !== null && (
          <p role="alert" className="mb-3 rounded-md border border-warn bg-warn-soft px-4 py-3 text-sm">
            {entrance.signIn.signedOut[signedOut]}
          </p>
        )
      }
    >
      {already ? (
        <div role="status" className="flex flex-col gap-4">
          <p className="text-center">{entrance.signIn.already}</p>
          <Button look="primary" onClick={onSignedIn}>
            {entrance.signIn.goOn}
          </Button>
        </div>
      ) : busy === 'link' ? (
        <p role="status" className="py-4 text-center text-muted">
          {entrance.signIn.linkWorking}
        </p>
      ) : method === null ? null : (
        <>
          {ways?.single_sign_on != null && (
            <SingleSignOn {...ways.single_sign_on} problem={signOnProblem} isOnly={hidesForm && !hasPasskey} />
          )}
          <div className="flex flex-col gap-4">
            {ways?.single_sign_on == null && signOnProblem !== null && <SignOnProblem problem={signOnProblem} />}
            {isPasskeyFirst && passkeyWay}
            {hidesForm ? (
              <>
                {failure !== null && <SignOnProblem problem={failure} />}
                <Button look="quiet" onClick={() => setWantsKey(true)}>
                  {entrance.signIn.otherwiseKey}
                </Button>
              </>
            ) : (
              <SignInForm
                busy={busy !== null}
                failure={failure}
                method={method}
                isSecond={isPasskeyFirst && !wantsKey}
                takesPasswords={takesPasswords}
                onMethod={(next) => {
                  choose(next);
                  setFailure(null);
                }}
                onSubmit={(body) => void signIn(body, entrance.signIn.wrong)}
              />
            )}
            {!isPasskeyFirst && passkeyWay}
          </div>
        </>
      )}
    </EntranceFrame>
  );
}

function isSignedIn(api: Api): Promise<boolean> {
  return api.bootstrap().then(
    () => true,
    () => false,
  );
}
