import { clsx } from 'clsx';
import type { ReactNode } from 'react';
import { useStore } from 'zustand';

import { describeWord, useElsewhere, useMayDrive, useMayWrite } from '../../services/session-level.ts';
import { useConnection, useServices } from '../../services/services.ts';
import { useArchived } from '../../services/use-archived.ts';
import { chat } from '../../messages/chat.ts';
import { t } from '../../messages/index.ts';
import { useStatus } from '../../services/use-status.ts';
import type { SessionStatus } from '../../session/derive-status.ts';
import { toStatusWord } from '../../session/session-word.ts';
import { useSession, useSessionStore } from '../../session/session-context.ts';
import type { SessionView } from '../../session/session-view.ts';
import { toShortUrl } from '../../session/short-url.ts';
import { Button } from '../../ui/button.tsx';
import { formatCount, formatDuration, formatPlace } from '../../ui/format.ts';
import { useNow } from '../../ui/use-now.ts';
import { describeAction } from './describe-action.ts';
import { describeFailure } from './describe-failure.ts';
import { describeLoss } from './describe-loss.ts';
import { formatPartCost } from './format-part-cost.ts';
import { StatusGlyph, toneOf, type GlyphName } from './status-glyph.tsx';

const TICKING: ReadonlySet<SessionStatus['kind']> = new Set([
  'starting',
  'restarting',
  'running',
  'retrying',
  'overloaded',
]);

/** The line that shows the session's status: an icon, a word, figures, and a button if a person can do something. */
export function StatusLine() {
  const view = useSession((state) => state.view);
  const connection = useConnection((state) => state);
  const status = useStatus();
  const archived = useArchived();
  const mayDrive = useMayDrive();
  const elsewhere = useElsewhere();
  const mayWrite = useMayWrite();
  const { sessions } = useServices();
  const isStopped = useStore(sessions.store, ({ stop }) => stop !== null);
  const now = useNow(1000, TICKING.has(status.kind));
  const line =
    connection.state === 'reconnecting' || connection.state === 'closed'
      ? { glyph: 'reconnecting' as const, text: describeLoss(connection, status, now), action: <ReconnectNow /> }
      : connection.recovered && status.kind === 'idle'
        ? { glyph: 'idle' as const, text: chat.status.recovered }
        : archived && (status.kind === 'idle' || status.kind === 'asleep')
          ? { glyph: 'archived' as const, text: chat.status.archived }
          : status.kind === 'waiting' && (!mayDrive || elsewhere !== undefined)
            ? {
                glyph: toStatusWord(status),
                text: describeWord(toStatusWord(status), mayDrive ? 'drive' : 'view', elsewhere),
              }
            : // While an operator has stopped the work, nothing is prepared for a message that waits.
              isStopped && status.kind === 'starting'
              ? { glyph: 'queued' as const, text: chat.status.stopped }
              : toLine(status, view, { now, recovered: connection.recovered, mayWrite });
  return (
    <div className="flex min-h-7 items-center gap-2 px-1 pb-1 text-sm" aria-label={chat.status.label} role="group">
      <StatusGlyph name={line.glyph} />
      <p
        className={clsx(
          'nums min-w-0',
          // The running status changes every second and stays on one line. Other texts may take two lines, so that
          // their end, "Nothing lost", is not cut off.
          line.glyph === 'running' ? 'truncate' : 'line-clamp-2',
          line.glyph === 'idle' || line.glyph === 'asleep' ? 'text-muted' : toneOf(line.glyph),
        )}
        title={line.text}
      >
        {line.text}
      </p>
      {/* An archived session takes no message, so there is no button to continue. */}
      {(!archived || line.glyph === 'reconnecting') && line.action}
      <Figures view={view} />
    </div>
  );
}

interface Line {
  glyph: GlyphName;
  text: string;
  action?: ReactNode;
}

interface LineFacts {
  now: number;
  recovered: boolean;
  /** Whether the page has a message box. */
  mayWrite: boolean;
}

function toLine(status: SessionStatus, view: SessionView, { now, recovered, mayWrite }: LineFacts): Line {
  const since = (at: number) => formatDuration(at === 0 ? 0 : now - at);
  const glyph = toStatusWord(status);
  switch (status.kind) {
    case 'starting':
      return { glyph, text: chat.status.starting(since(status.since)) };
    case 'opening': {
      const counted = status.entries === null || status.entries === 0 ? '…' : `… ${formatCount(status.entries)}`;
      const percent = status.percent === null ? counted : `… ${status.percent} %`;
      return { glyph, text: t.repository[status.phase](toShortUrl(status.url), percent) };
    }
    case 'restarting':
      return { glyph, text: `${chat.status.restarting(since(status.since))} · ${status.reason}` };
    case 'queued':
      return { glyph, text: chat.status.queued(formatPlace(status.position)) };
    case 'running': {
      const action = describeAction(view);
      return {
        glyph,
        text: [recovered ? chat.status.recovered : null, chat.status.running, since(status.since), action]
          .filter((part) => part !== null)
          .join(' · '),
      };
    }
    case 'retrying': {
      const left = status.retryAt - now;
      if (status.isOutage) {
        const text = left > 0 ? t.outage.waiting(formatDuration(Math.ceil(left / 1000) * 1000)) : t.outage.trying;
        return { glyph, text, ...(status.canRetryNow && left > 0 && { action: <RetryNow /> }) };
      }
      const text =
        left > 0
          ? chat.status.retrying(formatDuration(Math.ceil(left / 1000) * 1000), status.attempt, status.maxAttempts)
          : chat.status.retryingNow(status.attempt, status.maxAttempts);
      return { glyph, text, ...(status.canRetryNow && left > 0 && { action: <RetryNow /> }) };
    }
    case 'waiting':
      return {
        glyph,
        text: status.question
          ? chat.status.question
          : status.count > 1
            ? chat.status.waitingMany(status.count)
            : chat.status.waiting,
      };
    case 'program':
      return { glyph, text: chat.status.program };
    case 'asleep':
      return {
        glyph,
        text: [
          chat.status.asleepBecause[status.reason] ?? chat.status.asleep,
          ...(mayWrite ? [chat.status.wake] : []),
        ].join('. '),
      };
    case 'budget':
      return { glyph, text: chat.status.budget };
    case 'failed':
      // The conversation already shows the error.
      return {
        glyph,
        text: describeFailure(view.lastError === null ? status.reason : ''),
        action: <ContinueButton />,
      };
    case 'overloaded': {
      const left = status.retryAt - now;
      const text =
        left > 0 ? chat.status.overloaded(formatDuration(Math.ceil(left / 1000) * 1000)) : chat.status.overloadedNow;
      return { glyph, text, action: <ContinueButton again /> };
    }
    case 'terminated':
      return { glyph, text: chat.status.terminated };
    case 'idle':
      return { glyph, text: chat.status.idle };
  }
}

function Figures({ view }: { view: SessionView }) {
  const { bootstrap } = useServices();
  const turn = view.turns.at(-1);
  // The demo costs nothing, although Claude would.
  const costUsd = bootstrap.demo ? null : view.costUsd;
  /** Of the turns that are loaded. */
  const unpriced = view.turns.reduce((sum, { summary }) => sum + (summary?.unpriced ?? 0), 0);
  const tokens = (view.tokens ?? 0) + (turn !== undefined && turn.summary === null ? turn.tokens : 0);
  if (tokens === 0 && costUsd === null) return null;
  return (
    <p className="nums ml-auto flex shrink-0 gap-3 pl-2 text-xs text-muted">
      <span className="max-md:sr-only">{chat.status.ofSession}</span>
      {tokens > 0 && <span>{chat.status.tokens(formatCount(tokens))}</span>}
      {costUsd !== null && <span>{formatPartCost(costUsd, unpriced)}</span>}
    </p>
  );
}

/** Continues after a failure with a short message. Messages that the agent has not received are sent with it. */
function ContinueButton({ again = false }: { again?: boolean }) {
  const session = useSessionStore();
  const busy = useSession((state) => state.send.state === 'sending');
  const mayDrive = useMayDrive();
  if (!mayDrive) return null;
  const prompt = again ? chat.transcript.tryAgainPrompt : chat.transcript.continuePrompt;
  return (
    <Button size="small" disabled={busy} onClick={() => void session.sendMessage(prompt)}>
      {again ? chat.transcript.tryAgain : chat.transcript.continue}
    </Button>
  );
}

function RetryNow() {
  const session = useSessionStore();
  const mayDrive = useMayDrive();
  if (!mayDrive) return null;
  return (
    <Button size="small" onClick={() => void session.retryNow()}>
      {chat.status.retryNow}
    </Button>
  );
}

function ReconnectNow() {
  const { client } = useServices();
  return (
    <Button size="small" onClick={() => client.reconnectNow()}>
      {chat.status.reconnectNow}
    </Button>
  );
}
