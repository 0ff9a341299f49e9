import type { Bootstrap } from '@claude-sdk-pattern/protocol';
import { useCallback, useEffect, useState } from 'react';
import type { StoreApi } from 'zustand/vanilla';

import type { Api } from '../api/api.ts';
import { SignInPage } from '../features/sign-in/sign-in-page.tsx';
import { t } from '../messages/index.ts';
import { toProblem, type Problem } from '../session/problem.ts';
import { ApiError } from '../api/api-error.ts';
import { Button } from '../ui/button.tsx';
import { ErrorBoundary } from '../ui/error-boundary.tsx';
import { createServices, type RunningServices } from './create-services.ts';
import type { Preferences } from './preferences.ts';
import { ServicesContext } from './services.ts';
import { Shell } from './shell.tsx';

type Stage =
  | { stage: 'loading' }
  | { stage: 'signed-out' }
  | { stage: 'ready'; bootstrap: Bootstrap }
  | { stage: 'failed'; problem: Problem };

export interface AppProps {
  api: Api;
  preferences: StoreApi<Preferences>;
  linkToken: string | null;
  /** Asked for before the app was drawn, to save a round trip. */
  firstBootstrap: Promise<Bootstrap>;
}

/** The whole app: sign-in, or the shell with its services. */
export function App({ api, preferences, linkToken, firstBootstrap }: AppProps) {
  const [stage, setStage] = useState<Stage>(linkToken === null ? { stage: 'loading' } : { stage: 'signed-out' });

  const load = useCallback((bootstrap: Promise<Bootstrap>) => {
    bootstrap.then(
      (loaded) => setStage({ stage: 'ready', bootstrap: loaded }),
      (error: unknown) =>
        setStage(
          error instanceof ApiError && error.status === 401
            ? { stage: 'signed-out' }
            : { stage: 'failed', problem: toProblem(error) },
        ),
    );
  }, []);
  useEffect(() => {
    if (linkToken === null) load(firstBootstrap);
  }, [linkToken, firstBootstrap, load]);

  const signedIn = () => {
    if (location.pathname === '/sign-in') history.replaceState(null, '', '/');
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
      return <SignInPage api={api} linkToken={linkToken} onSignedIn={signedIn} />;
    case 'failed':
      return <Unreachable problem={stage.problem} onRetry={() => load(api.bootstrap())} />;
    case 'ready':
      return (
        <SignedIn
          api={api}
          bootstrap={stage.bootstrap}
          preferences={preferences}
          onSignedOut={() => setStage({ stage: 'signed-out' })}
        />
      );
  }
}

interface SignedInProps {
  api: Api;
  bootstrap: Bootstrap;
  preferences: StoreApi<Preferences>;
  onSignedOut: () => void;
}

function SignedIn({ api, bootstrap, preferences, onSignedOut }: SignedInProps) {
  const [running, setRunning] = useState<RunningServices | null>(null);
  useEffect(() => {
    const created = createServices(api, bootstrap, preferences, onSignedOut);
    setRunning(created);
    return created.stop;
    // The setter behind onSignedOut is stable; everything else is made once.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [api, bootstrap, preferences]);
  if (running === null) return null;
  return (
    <ServicesContext value={running.services}>
      <ErrorBoundary>
        <Shell />
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
