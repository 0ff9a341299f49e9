import type { Bootstrap } from '@claude-sdk-pattern/protocol';
import { lazy, Suspense, useCallback, useEffect, useState } from 'react';
import { Router } from 'wouter';
import type { StoreApi } from 'zustand/vanilla';

import type { Api } from '../api/api.ts';
import { getBasePath, toAppPath, toHref } from '../api/base-path.ts';
import { t } from '../messages/index.ts';
import { toProblem, type Problem } from '../session/problem.ts';
import { ApiError, toSignOutReason, type SignOutReason } from '../api/api-error.ts';
import { INVITE_PATH } from '../features/sign-in/link-token.ts';
import { Button } from '../ui/button.tsx';
import { ErrorBoundary } from '../ui/error-boundary.tsx';
import type { AccountChannel } from './account-news.ts';
import { createServices } from './create-services.ts';
import type { Preferences } from '../services/preferences.ts';
import { ServicesContext, type Services } from '../services/services.ts';
import { Shell } from './shell.tsx';

const SignInPage = lazy(() =>
  import('../features/sign-in/sign-in-page.tsx').then((module) => ({ default: module.SignInPage })),
);

const InvitePage = lazy(() =>
  import('../features/sign-in/invite-page.tsx').then((module) => ({ default: module.InvitePage })),
);

type Stage =
  | { stage: 'loading' }
  /** With a reason the sign-in page says why it is shown: the person was signed out during their work, or locked. */
  | { stage: 'signed-out'; reason: SignOutReason | null }
  | { stage: 'ready'; bootstrap: Bootstrap }
  | { stage: 'failed'; problem: Problem };

const SIGN_IN_PATH = '/sign-in';
const SIGNED_OUT: Stage = { stage: 'signed-out', reason: null };

export interface AppProps {
  api: Api;
  account: AccountChannel;
  preferences: StoreApi<Preferences>;
  linkToken: string | null;
  /** The bootstrap request, sent before the app renders to save a round trip. */
  firstBootstrap: Promise<Bootstrap>;
}

/** The whole app: sign-in, or the shell with its services. */
export function App({ api, account, preferences, linkToken, firstBootstrap }: AppProps) {
  const [stage, setStage] = useState<Stage>(linkToken === null ? { stage: 'loading' } : SIGNED_OUT);

  const load = useCallback((bootstrap: Promise<Bootstrap>) => {
    bootstrap.then(
      (loaded) => {
        // Single sign-on may send back to the sign-in page somebody who is signed in.
        if (toAppPath(location.pathname) === SIGN_IN_PATH) history.replaceState(null, '', toHref('/'));
        setStage({ stage: 'ready', bootstrap: loaded });
      },
      (error: unknown) =>
        setStage(
          error instanceof ApiError && error.status === 401
            ? toSignedOut(SIGNED_OUT, toSignOutReason(error))
            : { stage: 'failed', problem: toProblem(error) },
        ),
    );
  }, []);
  useEffect(() => {
    if (linkToken === null) load(firstBootstrap);
  }, [linkToken, firstBootstrap, load]);

  const losesAccount = useCallback(
    (reason: SignOutReason = 'signed-out') => setStage((before) => toSignedOut(before, reason)),
    [],
  );
  useEffect(
    () =>
      account.onNews((news) => {
        if (news !== 'signed-in') losesAccount(news);
        // Another tab signed in. This tab asks the server who is signed in now, and shows that person's data.
        else if (stage.stage === 'signed-out') load(api.bootstrap());
      }),
    [account, api, load, losesAccount, stage.stage],
  );

  const signedIn = () => {
    account.tell('signed-in');
    if ([SIGN_IN_PATH, INVITE_PATH].includes(toAppPath(location.pathname))) history.replaceState(null, '', toHref('/'));
    setStage({ stage: 'loading' });
    load(api.bootstrap());
  };

  switch (stage.stage) {
    case 'loading':
      return (
        <p role="status" className="sr-only">
          {t.app.loading}
        </p>
      );
    case 'signed-out':
      return (
        <Suspense fallback={null}>
          {linkToken !== null && toAppPath(location.pathname) === INVITE_PATH ? (
            <InvitePage api={api} token={linkToken} onSignedIn={signedIn} />
          ) : (
            <SignInPage
              api={api}
              preferences={preferences}
              linkToken={linkToken}
              signedOut={stage.reason}
              onSignedIn={signedIn}
            />
          )}
        </Suspense>
      );
    case 'failed':
      return <Unreachable problem={stage.problem} onRetry={() => load(api.bootstrap())} />;
    case 'ready':
      return (
        <SignedIn
          api={api}
          bootstrap={stage.bootstrap}
          preferences={preferences}
          onSignedOut={() => {
            account.tell('signed-out');
            setStage(SIGNED_OUT);
          }}
          onAccountLost={losesAccount}
        />
      );
  }
}

/** Who was not signed in reads no reason, but for what has become of their account. Of several reasons, that one stays. */
function toSignedOut(before: Stage, reason: SignOutReason): Stage {
  const isNews = before.stage === 'ready' || (before.stage === 'signed-out' && reason !== 'signed-out');
  return isNews ? { stage: 'signed-out', reason } : before;
}

interface SignedInProps {
  api: Api;
  bootstrap: Bootstrap;
  preferences: StoreApi<Preferences>;
  onSignedOut: () => void;
  /** This tab was signed out by another tab or by the server. */
  onAccountLost: () => void;
}

function SignedIn({ api, bootstrap, preferences, onSignedOut, onAccountLost }: SignedInProps) {
  const [services, setServices] = useState<Services | null>(null);
  useEffect(() => {
    const created = createServices({
      api,
      bootstrap,
      preferences,
      onSignedOut,
      onAccountLost,
      onServices: setServices,
    });
    return created.stop;
    // The setters behind the callbacks never change; everything else is created once.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [api, bootstrap, preferences]);
  if (services === null) return null;
  return (
    <ServicesContext value={services}>
      <ErrorBoundary>
        <Router base={getBasePath()}>
          <Shell />
        </Router>
      </ErrorBoundary>
    </ServicesContext>
  );
}

function Unreachable({ problem, onRetry }: { problem: Problem; onRetry: () => void }) {
  return (
    <main className="flex min-h-full items-center justify-center p-4">
      <div role="alert" className="flex max-w-md flex-col items-start gap-3">
        <h1 className="text-xl font-semibold">{t.app.unreachable}</h1>
        <p className="text-muted">
          {problem.kind === 'offline' ? '' : problem.message} {t.app.unreachableHelp}
        </p>
        {problem.requestId !== null && <p className="text-sm text-muted">{t.app.requestId(problem.requestId)}</p>}
        <Button look="primary" onClick={onRetry}>
          {t.app.retry}
        </Button>
      </div>
    </main>
  );
}
