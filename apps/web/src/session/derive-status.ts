import type { SessionView } from './session-view.ts';

/** The one state that the interface shows for a session. `since` and `retryAt` are milliseconds since the epoch. */
export type SessionStatus =
  | { kind: 'starting'; since: number }
  | { kind: 'restarting'; since: number; reason: string }
  | { kind: 'queued'; position: number }
  | { kind: 'running'; since: number }
  | { kind: 'retrying'; attempt: number; maxAttempts: number; retryAt: number }
  | { kind: 'waiting'; count: number; question: boolean }
  | { kind: 'asleep' }
  | { kind: 'budget' }
  | { kind: 'failed'; reason: string }
  | { kind: 'terminated' }
  | { kind: 'idle' };

/** Says in one word what a session is doing, from its events alone; whether the line is up is another question. */
export function deriveStatus(view: SessionView): SessionStatus {
  if (view.activity === 'terminated') return { kind: 'terminated' };
  if (view.pendingIds.length > 0) {
    const first = view.items.get(view.pendingIds[0] ?? '');
    const question = first?.kind === 'tool' && first.name === 'AskUserQuestion';
    return { kind: 'waiting', count: view.pendingIds.length, question };
  }
  if (view.activity === 'running') return deriveActive(view);
  if (view.stop?.type === 'requires_action') return { kind: 'running', since: runningSince(view) };
  if (view.waitingIds.length > 0) return deriveActive(view);
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
    const { attempt, maxAttempts, retryAt } = view.retry;
    return { kind: 'retrying', attempt, maxAttempts, retryAt };
  }
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
      return { kind: 'starting', since: view.items.get(view.waitingIds[0] ?? '')?.at ?? 0 };
  }
}

function deriveRest(view: SessionView): SessionStatus {
  switch (view.stop?.type) {
    case 'retries_exhausted':
      return { kind: 'failed', reason: view.lastError?.message ?? '' };
    case 'budget_reached':
      return { kind: 'budget' };
    case 'refusal':
      return { kind: 'failed', reason: 'refusal' };
    default:
      if (view.lastError?.final === true) return { kind: 'failed', reason: view.lastError.message };
      return view.process.state === 'hibernated' ? { kind: 'asleep' } : { kind: 'idle' };
  }
}

function runningSince(view: SessionView): number {
  const turn = view.turns.at(-1);
  if (turn !== undefined && turn.summary === null && turn.startedAt > 0) return turn.startedAt;
  return view.activeSince ?? 0;
}
