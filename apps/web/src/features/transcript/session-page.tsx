import { useEffect, useMemo, useRef, useState } from 'react';
import { Link } from 'wouter';

import { useMayDrive } from '../../services/session-level.ts';
import { useServices } from '../../services/services.ts';
import { useShell } from '../../services/shell-context.ts';
import { chat } from '../../messages/chat.ts';
import { t } from '../../messages/index.ts';
import { SessionContext, useSession, useSessionStore } from '../../session/session-context.ts';
import { isDeleted, isUnshared } from '../../session/session-state.ts';
import { createSessionStore, type SessionStore } from '../../session/session-store.ts';
import { Button } from '../../ui/button.tsx';
import { ErrorBoundary } from '../../ui/error-boundary.tsx';
import { ApprovalDock } from '../approvals/approval-dock.tsx';
import type { ComposerHandle } from '../composer/composer.tsx';
import { SessionComposer } from '../composer/session-composer.tsx';
import { SessionLayout } from '../panel/session-layout.tsx';
import { ReloadOffer } from '../reload/reload-offer.tsx';
import { BackgroundLine } from '../background/background-line.tsx';
import { StatusLine } from '../status/status-line.tsx';
import { TodoStrip } from '../status/todo-strip.tsx';
import { useAnnouncements } from '../status/use-announcements.ts';
import { TrustOffer } from '../trust/trust-offer.tsx';
import { loadToolBodies } from '../tools/tool-body.tsx';
import { createDisclosures, DisclosureContext } from '../../ui/disclosure.ts';
import { SessionHeader } from './session-header.tsx';
import { TranscriptSkeleton } from './transcript-skeleton.tsx';
import { Transcript, type TranscriptHandle } from './transcript.tsx';
import { useLastRead } from './use-last-read.ts';

/** The page of a session: its conversation, the calls that wait for approval, and the composer. */
export function SessionPage({ sessionId }: { sessionId: string }) {
  const { getSession, sessions } = useServices();
  const session = useMemo(() => getSession(sessionId, createSessionStore), [getSession, sessionId]);
  useEffect(() => session.open(), [session]);
  // Loads again what was out of reach, when its owner shares it (again).
  useEffect(
    () =>
      sessions.store.subscribe(({ byId }, before) => {
        if (!byId.has(sessionId) || before.byId.has(sessionId)) return;
        if (session.store.getState().load.state === 'failed') session.retryLoad();
      }),
    [sessions, session, sessionId],
  );
  // The cards load at the same time as the events, which take about as long. A failure is reported where a card is
  // rendered.
  useEffect(() => void loadToolBodies().catch(() => {}), []);
  return <SessionPane session={session} />;
}

/** The same page for a store that exists already. */
export function SessionPane({ session }: { session: SessionStore }) {
  const [disclosures] = useState(createDisclosures);
  return (
    <SessionContext value={session}>
      <DisclosureContext value={disclosures}>
        <SessionLayout>
          <SessionBody />
        </SessionLayout>
      </DisclosureContext>
    </SessionContext>
  );
}

function SessionBody() {
  const sessionId = useSession((state) => state.sessionId);
  const load = useSession((state) => state.load);
  const hasRows = useSession((state) => state.view.lastSeq > 0);
  const deleted = useSession(isDeleted);
  const unshared = useSession(isUnshared);
  const mayDrive = useMayDrive();
  const transcript = useRef<TranscriptHandle>(null);
  const composer = useRef<ComposerHandle>(null);
  const newAfterSeq = useLastRead(sessionId);
  useAnnouncements();

  if (unshared) return <Unshared />;
  if (load.state === 'failed' && !hasRows) return <LoadFailed />;
  return (
    <div className="flex h-full flex-col">
      <SessionHeader />
      <ErrorBoundary>
        {load.state === 'loading' && !hasRows ? (
          <TranscriptSkeleton />
        ) : (
          <Transcript ref={transcript} newAfterSeq={newAfterSeq} />
        )}
      </ErrorBoundary>
      <div className="mx-auto flex min-h-0 w-full max-w-[792px] flex-col px-4 pb-[max(12px,env(safe-area-inset-bottom))]">
        <TodoStrip />
        {mayDrive && <ApprovalDock />}
        {!deleted && <TrustOffer />}
        {mayDrive && !deleted && <ReloadOffer />}
        {/* On a low screen the approval itself says that it waits, so the status line is hidden. */}
        {!deleted && (
          <div className="short:peer-data-approval:hidden">
            <StatusLine />
          </div>
        )}
        <BackgroundLine />
        <SessionComposer ref={composer} onSent={() => transcript.current?.toBottom()} />
      </div>
    </div>
  );
}

/** The session is out of reach from one moment to the next, whatever of it was on the screen. */
function Unshared() {
  const { drawerButton } = useShell();
  return (
    <div className="flex h-full flex-col">
      <header className="flex h-12 shrink-0 items-center px-2">{drawerButton}</header>
      <div role="alert" className="m-auto flex max-w-md flex-col items-start gap-3 p-6">
        <h1 className="text-xl font-semibold">{t.sharing.ended}</h1>
        <p className="text-muted">{t.sharing.endedHelp}</p>
        <NewSessionLink />
      </div>
    </div>
  );
}

function NewSessionLink() {
  return (
    <Link
      href="/"
      className="tap inline-flex h-9 items-center rounded-sm bg-accent px-3 font-semibold text-on-accent no-underline transition-colors duration-120 hover:opacity-90"
    >
      {t.sessions.new}
    </Link>
  );
}

function LoadFailed() {
  const session = useSessionStore();
  const { drawerButton } = useShell();
  const load = useSession((state) => state.load);
  if (load.state !== 'failed') return null;
  // A session that does not exist has no name to show and no actions.
  const gone = load.problem.kind === 'gone';
  const Heading = gone ? 'h1' : 'h2';
  return (
    <div className="flex h-full flex-col">
      {gone ? <header className="flex h-12 shrink-0 items-center px-2">{drawerButton}</header> : <SessionHeader />}
      <div role="alert" className="m-auto flex max-w-md flex-col items-start gap-3 p-6">
        <Heading className="text-xl font-semibold">{chat.transcript.loadFailed}</Heading>
        <p className="text-muted">{gone ? chat.transcript.gone : load.problem.message}</p>
        {load.problem.requestId !== null && (
          <p className="text-sm text-muted">{t.app.requestId(load.problem.requestId)}</p>
        )}
        {gone ? (
          <NewSessionLink />
        ) : (
          <Button look="primary" onClick={session.retryLoad}>
            {t.app.retry}
          </Button>
        )}
      </div>
    </div>
  );
}
