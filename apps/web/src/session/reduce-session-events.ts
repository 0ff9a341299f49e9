import type { ListedEvent } from '@claude-sdk-pattern/protocol';

import { t } from '../messages/index.ts';
import { describeTaskEnd, foldTasks } from './background-tasks.ts';
import { toShortUrl } from './short-url.ts';
import { toSignInKey } from './session-view.ts';
import { toMillis, without } from './event-values.ts';
import { reduceApprovalEvent } from './reduce-approval-events.ts';
import {
  appendItem,
  changeOpenTurn,
  changeThread,
  createTurn,
  noteWaiting,
  replaceItem,
  toWorkTime,
  type SessionDraft,
} from './session-draft.ts';

/**
 * Folds the session's own events: status, turns, the agent process, approvals, usage.
 *
 * Over 100 lines: one case for each type of event.
 */
export function reduceSessionEvent(draft: SessionDraft, event: ListedEvent): void {
  switch (event.type) {
    case 'session.status_running':
      draft.activity = 'running';
      draft.activeSince = toMillis(event.processed_at);
      draft.stop = null;
      draft.retry = null;
      draft.lastError = null;
      return;
    case 'session.status_rescheduled':
      draft.activity = 'running';
      return;
    case 'session.status_idle':
      applyIdle(draft, event);
      return;
    case 'session.status_terminated':
      draft.activity = 'terminated';
      settle(draft, toMillis(event.processed_at));
      return;
    case 'session.turn_started':
      applyTurnStarted(draft, event);
      return;
    case 'session.turn_completed':
      applyTurnCompleted(draft, event);
      return;
    case 'session.branched':
      applyBranched(draft, event);
      return;
    case 'session.message_withdrawn':
      draft.waitingIds = without(draft.waitingIds, event.message_id);
      draft.items.delete(event.message_id);
      return;
    case 'session.elicitation_requested':
    case 'session.approval_requested':
    case 'session.approval_cancelled':
    case 'session.approval_handed_over':
    case 'session.approval_taken_back':
      reduceApprovalEvent(draft, event);
      return;
    case 'session.process_queued':
      draft.process = { state: 'queued', position: event.position, since: toMillis(event.processed_at) };
      return;
    case 'session.process_starting':
      draft.process = { state: 'starting', since: toMillis(event.processed_at) };
      return;
    case 'session.resource_mounted':
      draft.opening = null;
      applyMounted(draft, event);
      return;
    case 'session.process_ready':
      draft.opening = null;
      draft.process = { state: 'ready', start: event.start, durationMs: event.duration_ms };
      return;
    case 'session.process_restarting':
      applyRestarting(draft, event);
      return;
    case 'session.process_hibernated':
      draft.opening = null;
      draft.process = { state: 'hibernated', reason: event.reason };
      return;
    case 'session.retry_scheduled':
      draft.retry = {
        attempt: event.attempt,
        maxAttempts: event.max_attempts,
        retryAt: toMillis(event.retry_at),
        errorStatus: event.error_status,
        canRetryNow: event.can_retry_now === true,
        isOutage: event.is_outage === true,
      };
      return;
    case 'session.error':
      applyError(draft, event);
      return;
    case 'session.notice':
      appendItem(
        draft,
        {
          kind: 'notice',
          id: event.id,
          seq: event.seq,
          at: toMillis(event.processed_at),
          threadId: null,
          level: event.level,
          text: event.text,
          signIn: event.sign_in ?? null,
        },
        true,
      );
      if (event.sign_in !== undefined)
        draft.signIns = new Map(draft.signIns).set(toSignInKey(event.sign_in), event.sign_in.state);
      return;
    case 'session.files_rewound': {
      const { added, modified, deleted } = event.files;
      const rewound = { actor: event.actor, total: added + modified + deleted };
      // Both went back to before the same message: one remark says so, and takes both back.
      if (draft.rewound?.messageId === event.event_id)
        draft.rewound = { ...draft.rewound, files: { eventId: event.id, total: rewound.total } };
      const base = { id: event.id, seq: event.seq, at: toMillis(event.processed_at), threadId: null };
      appendItem(draft, { kind: 'notice', ...base, level: 'info', text: '', signIn: null, rewound }, true);
      return;
    }
    case 'session.background_tasks_updated':
      applyTasks(draft, event);
      return;
    case 'session.todos_updated':
      if (event.session_thread_id !== undefined) return;
      draft.todos = event.todos.map((todo) => ({
        content: todo.content,
        status: todo.status,
        activeForm: todo.active_form ?? null,
      }));
      return;
    case 'session.updated':
      if (event.title !== undefined) draft.title = event.title;
      if (event.model !== undefined) draft.model = event.model;
      if (event.permission_mode !== undefined) draft.permissionMode = event.permission_mode;
      return;
    case 'session.usage':
    case 'span.model_request_end':
      applyUsage(draft, event);
      return;
    case 'span.model_request_start':
      draft.retry = null;
      return;
    case 'session.thread_created':
    case 'session.thread_status_running':
    case 'session.thread_status_idle':
      applyThread(draft, event);
      return;
    default:
      return;
  }
}

type EventOf<T extends ListedEvent['type']> = Extract<ListedEvent, { type: T }>;

/** No turn runs when a conversation goes on from another place. What had waited there is in another branch. */
function applyBranched(draft: SessionDraft, event: ListedEvent & { type: 'session.branched' }): void {
  draft.isBranched = true;
  // They ended with the process, in the branch that was left.
  draft.tasks = draft.tasks.filter(({ status }) => status !== 'running');
  for (const id of draft.waitingIds) draft.items.delete(id);
  draft.waitingIds = [];
  draft.activity = 'idle';
  draft.stop = null;
  draft.retry = null;
  draft.lastError = null;
  draft.rewound = event.reason === 'rewound' ? { messageId: event.message_id, actor: event.actor, files: null } : null;
}

function applyTurnStarted(draft: SessionDraft, event: EventOf<'session.turn_started'>): void {
  dropEndNotices(draft, event.cause?.task_ids ?? []);
  draft.turns.push({
    ...createTurn(event.id, event.turn, toMillis(event.processed_at)),
    itemIds: event.message_ids.filter((id) => draft.items.has(id)),
  });
  draft.waitingIds = draft.waitingIds.filter((id) => !event.message_ids.includes(id));
  draft.lastError = null;
  draft.stop = null;
  draft.rewound = null;
  draft.waitedMs = 0;
  draft.waitsSince = null;
  if (event.cause !== undefined) applyCause(draft, event, event.cause.task_ids);
}

/** What the agent says about a task must not look like more of the answer before, so that the turn has a heading. */
function applyCause(draft: SessionDraft, event: EventOf<'session.turn_started'>, ids: readonly string[]): void {
  const tasks = draft.tasks.filter(({ task_id: id }) => ids.includes(id));
  const base = { id: `${event.id}:cause`, seq: event.seq, at: toMillis(event.processed_at), threadId: null };
  appendItem(draft, { kind: 'report', ...base, tasks }, true);
}

/** Rows at the end of the turn before that say what the heading of the next one says. */
function dropEndNotices(draft: SessionDraft, taskIds: readonly string[]): void {
  const last = draft.turns.at(-1);
  if (last === undefined || taskIds.length === 0) return;
  const isTold = (id: string | undefined) => taskIds.some((task) => id?.endsWith(`:${task}`) === true);
  const from = last.itemIds.findLastIndex((id) => !isTold(id)) + 1;
  if (from === last.itemIds.length) return;
  for (const id of last.itemIds.slice(from)) draft.items.delete(id);
  draft.turns[draft.turns.length - 1] = { ...last, itemIds: last.itemIds.slice(0, from) };
}

/** A row for each end: it says why the agent begins by itself, and what was lost with a process. */
function applyTasks(draft: SessionDraft, event: EventOf<'session.background_tasks_updated'>): void {
  draft.tasks = foldTasks(draft.tasks, event.tasks);
  for (const task of event.tasks) {
    if (task.status === 'running') continue;
    const notice = {
      ...{
        kind: 'notice' as const,
        id: `${event.id}:${task.task_id}`,
        seq: event.seq,
        at: toMillis(event.processed_at),
      },
      ...{ threadId: null, text: describeTaskEnd(task), signIn: null },
      level: task.end_reason === undefined ? ('info' as const) : ('warning' as const),
    };
    appendItem(draft, notice, true);
  }
}

function applyIdle(draft: SessionDraft, event: EventOf<'session.status_idle'>): void {
  draft.activity = 'idle';
  draft.stop = event.stop_reason;
  draft.retry = null;
  if (event.stop_reason.type !== 'requires_action') {
    settle(draft, toMillis(event.processed_at));
    return;
  }
  const pending: string[] = [];
  for (const id of event.stop_reason.event_ids) {
    const tool = draft.items.get(id);
    if (tool?.kind !== 'tool') continue;
    if (tool.decision !== null || tool.cancelled !== null || tool.endedAt !== null) continue;
    if (tool.custom !== true) pending.push(id);
    replaceItem(draft, { ...tool, status: tool.custom === true ? 'program' : 'asking' });
  }
  draft.pendingIds = pending;
  noteWaiting(draft, toMillis(event.processed_at));
}

/**
 * Ends the work of the process that restarts: texts are kept as far as they were received, and open calls get no
 * result.
 */
function applyRestarting(draft: SessionDraft, event: EventOf<'session.process_restarting'>): void {
  const stamp = { seq: event.seq, at: toMillis(event.processed_at) };
  draft.process = { state: 'restarting', since: stamp.at, reason: event.reason };
  for (const { eventId: id, type, threadId, text } of draft.previews.values()) {
    if (type !== 'agent.message' || text.trim() === '') continue;
    appendItem(draft, { kind: 'text', id, ...stamp, threadId, text, streaming: false, cutOff: true }, true);
  }
  draft.previews = new Map();
  stopOpenTools(draft);
  appendItem(draft, { kind: 'restarted', id: event.id, ...stamp, threadId: null, reason: event.reason }, true);
}

/** Ends all open work: a call without a result will get none. */
function settle(draft: SessionDraft, at: number): void {
  draft.activeSince = null;
  // An unfinished start is over as well. The next start has an event of its own.
  if (['queued', 'starting', 'restarting'].includes(draft.process.state)) draft.process = { state: 'unknown' };
  draft.pendingIds = [];
  noteWaiting(draft, at);
  draft.previews = new Map();
  stopOpenTools(draft);
}

function stopOpenTools(draft: SessionDraft): void {
  for (const id of draft.openToolIds) {
    const tool = draft.items.get(id);
    if (tool?.kind === 'tool' && tool.endedAt === null && tool.status !== 'denied' && tool.status !== 'notRun') {
      replaceItem(draft, { ...tool, status: tool.status === 'asking' ? 'notRun' : 'stopped' });
    }
  }
  draft.openToolIds = [];
}

function applyTurnCompleted(draft: SessionDraft, event: EventOf<'session.turn_completed'>): void {
  const at = toMillis(event.processed_at);
  const waitedMs = at - toWorkTime(draft, at);
  changeOpenTurn(draft, (turn) => ({
    ...turn,
    number: turn.number ?? event.turn,
    summary: {
      outcome: event.outcome,
      durationMs: Math.max(0, event.duration_ms - waitedMs),
      costUsd: event.cost_usd,
      unpriced: event.unpriced_requests ?? 0,
      reportedCostUsd: event.reported_cost_usd ?? null,
      tokens: Math.max(turn.tokens, sumTokens(event)),
      changedFiles: event.changed_files,
    },
  }));
  draft.waitedMs = 0;
  draft.waitsSince = null;
}

function applyMounted(draft: SessionDraft, event: EventOf<'session.resource_mounted'>): void {
  if (event.folder !== undefined) {
    const { path, mode } = event.folder;
    const where = event.branch ?? event.commit?.slice(0, 12) ?? '';
    const text = [t.repository.folder[mode](path, where), ...event.remarks].join(' ');
    appendPlatformNotice(draft, event, { level: mode === 'direct' ? 'warning' : 'info', text });
    return;
  }
  if (event.repository_url === null) return;
  const at = event.branch ?? event.commit?.slice(0, 12) ?? '';
  appendPlatformNotice(draft, event, {
    level: 'info',
    text: [t.repository.opened(toShortUrl(event.repository_url), at), ...event.remarks].join(' '),
  });
}

function appendPlatformNotice(
  draft: SessionDraft,
  event: EventOf<'session.resource_mounted'> | EventOf<'session.error'>,
  { level, text }: { level: 'info' | 'warning'; text: string },
): void {
  appendItem(
    draft,
    {
      ...{ kind: 'notice', id: event.id, seq: event.seq, at: toMillis(event.processed_at), threadId: null },
      ...{ level, text, signIn: null },
    },
    true,
  );
}

function applyError(draft: SessionDraft, event: EventOf<'session.error'>): void {
  if (event.error.type.startsWith('repository_')) {
    draft.opening = null;
    // The session goes on without the repository.
    appendPlatformNotice(draft, event, { level: 'warning', text: event.error.message });
    return;
  }
  const { type, message, retry_status: retry } = event.error;
  // Only set if the platform itself is overloaded; the SDK's type lacks this field.
  const waitMs: unknown = Reflect.get(event.error, 'retry_after_ms');
  const retryAt = typeof waitMs === 'number' ? toMillis(event.processed_at) + waitMs : null;
  draft.lastError = { type, message, final: retry.type !== 'retrying', retryAt };
  if (retry.type === 'retrying') return;
  draft.retry = null;
  appendItem(
    draft,
    {
      kind: 'error',
      id: event.id,
      seq: event.seq,
      at: toMillis(event.processed_at),
      threadId: null,
      errorType: Reflect.has(event.error, 'budget_id') ? 'budget_reached' : type,
      message,
      keyRefused: [401, 403].includes(Number(Reflect.get(event.error, 'status_code'))),
      retry: retry.type,
    },
    true,
  );
}

function applyUsage(draft: SessionDraft, event: EventOf<'session.usage'> | EventOf<'span.model_request_end'>): void {
  if (event.type === 'session.usage') {
    draft.tokens = sumTokens(event.usage) + (event.cache_creation_input_tokens ?? 0);
    if (event.cost_usd !== undefined) draft.costUsd = event.cost_usd;
    return;
  }
  const usage = event.model_usage;
  changeOpenTurn(draft, (turn) => ({
    ...turn,
    tokens: turn.tokens + sumTokens(usage),
  }));
}

interface TokenCounts {
  input_tokens?: number;
  output_tokens?: number;
  cache_read_input_tokens?: number;
  cache_creation_input_tokens?: number;
}

/**
 * All tokens that the model has read and written, with or without the prompt cache. Every token count of the interface
 * includes the cache.
 */
function sumTokens(counts: TokenCounts): number {
  const { input_tokens = 0, output_tokens = 0, cache_read_input_tokens: read = 0 } = counts;
  return input_tokens + output_tokens + read + (counts.cache_creation_input_tokens ?? 0);
}

function applyThread(
  draft: SessionDraft,
  event: EventOf<'session.thread_created' | 'session.thread_status_running' | 'session.thread_status_idle'>,
): void {
  const at = toMillis(event.processed_at);
  if (event.type === 'session.thread_created') {
    const toolUseId = event.tool_use_id ?? null;
    changeThread(draft, event.session_thread_id, (thread) => ({
      ...thread,
      toolUseId,
      agentName: event.agent_name,
      description: event.description ?? null,
      startedAt: at,
    }));
    const tool = toolUseId === null ? undefined : draft.items.get(toolUseId);
    if (tool?.kind === 'tool') replaceItem(draft, { ...tool, childThreadId: event.session_thread_id });
    return;
  }
  const endedAt = event.type === 'session.thread_status_idle' ? at : null;
  changeThread(draft, event.session_thread_id, (thread) => ({ ...thread, endedAt }));
}
