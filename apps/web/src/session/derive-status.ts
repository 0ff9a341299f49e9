import type { OpeningView, SessionView } from './session-view.ts';

/** The one state that the interface shows for a session. `since` and `retryAt` are milliseconds since the epoch. */
export type SessionStatus =
  | { kind: 'starting'; since: number }
  | { kind: 'restarting'; since: number; reason: string }
  | ({ kind: 'opening' } & OpeningView)
  | { kind: 'queued'; position: number }
  | { kind: 'running'; since: number }
  | {
      kind: 'retrying';
      attempt: number;
      maxAttempts: number;
      retryAt: number;
      canRetryNow: boolean;
      /** The model API takes no calls at all, so this is not about one attempt. */
      isOutage: boolean;
    }
  | { kind: 'waiting'; count: number; question: boolean }
  /** A program outside of the platform has to answer. */
  | { kind: 'program' }
  | { kind: 'asleep'; reason: string }
  | { kind: 'budget' }
  | { kind: 'failed'; reason: string }
  /** The platform had no capacity for the turn. */
  | { kind: 'overloaded'; retryAt: number }
  | { kind: 'terminated' }
  | { kind: 'idle' };

/** Derives a session's status from its events alone; the state of the connection is separate. */
export function deriveStatus(view: SessionView): SessionStatus {
  if (view.activity === 'terminated') return { kind: 'terminated' };
  if (view.pendingIds.length > 0) {
    const first = view.items.get(view.pendingIds[0] ?? '');
    const question = first?.kind === 'tool' && (first.name === 'AskUserQuestion' || first.elicitation !== null);
    return { kind: 'waiting', count: view.pendingIds.length, question };
  }
  if (view.activity === 'running') return deriveActive(view);
  if (view.stop?.type === 'requires_action' && view.stop.waits_for === 'program') return { kind: 'program' };
  if (view.stop?.type === 'requires_action') return { kind: 'running', since: runningSince(view) };
  // What waits goes on when there is room again.
  if (view.stop?.type === 'budget_reached') return { kind: 'budget' };
  if (view.waitingIds.length > 0) return deriveActive(view);
  if (view.opening !== null) return { kind: 'opening', ...view.opening };
  switch (view.process.state) {
    case 'queued':
      return { kind: 'queued', position: view.process.position };
    case 'starting':
      return { kind: 'starting', since: view.process.since };
    case 'restarting':
      return { kind: 'restarting', since: view.process.since, reason: view.process.reason };
    default:
      return deriveRest(view);
  }
}

function deriveActive(view: SessionView): SessionStatus {
  if (view.retry !== null) {
    const { attempt, maxAttempts, retryAt, canRetryNow, isOutage } = view.retry;
    return { kind: 'retrying', attempt, maxAttempts, retryAt, canRetryNow, isOutage };
  }
  if (view.opening !== null) return { kind: 'opening', ...view.opening };
  switch (view.process.state) {
    case 'queued':
      return { kind: 'queued', position: view.process.position };
    case 'starting':
      return { kind: 'starting', since: view.process.since };
    case 'restarting':
      return { kind: 'restarting', since: view.process.since, reason: view.process.reason };
    case 'unknown':
    case 'hibernated':
    case 'ready':
      if (view.activity === 'running') return { kind: 'running', since: runningSince(view) };
      // The message waits for the budget, not for a process.
      if (view.stop?.type === 'budget_reached') return { kind: 'budget' };
      return { kind: 'starting', since: view.items.get(view.waitingIds[0] ?? '')?.at ?? 0 };
  }
}

function deriveRest(view: SessionView): SessionStatus {
  switch (view.stop?.type) {
    case 'retries_exhausted':
      return deriveFailed(view);
    case 'budget_reached':
      return { kind: 'budget' };
    case 'refusal':
      return { kind: 'failed', reason: 'refusal' };
    default:
      if (view.lastError?.final === true) return deriveFailed(view);
      return view.process.state === 'hibernated' ? { kind: 'asleep', reason: view.process.reason } : { kind: 'idle' };
  }
}

function deriveFailed({ lastError }: SessionView): SessionStatus {
  // A plain string, because the platform has error types that the SDK's type lacks.
  const type: string | undefined = lastError?.type;
  if (type === 'overloaded_error') return { kind: 'overloaded', retryAt: lastError?.retryAt ?? 0 };
  return { kind: 'failed', reason: lastError?.message ?? '' };
}

function runningSince(view: SessionView): number {
  const turn = view.turns.at(-1);
  if (turn !== undefined && turn.summary === null && turn.startedAt > 0) return turn.startedAt + view.waitedMs;
  return view.activeSince ?? 0;
}
