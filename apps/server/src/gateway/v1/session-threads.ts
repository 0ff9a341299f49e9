import type { SessionEvent, SessionResource } from '@claude-sdk-pattern/protocol';
import type {
  BetaManagedAgentsSessionThread,
  BetaManagedAgentsSessionThreadStatus,
} from '@anthropic-ai/sdk/resources/beta/sessions/threads/threads';

import type { SessionEvents } from '../../journal/session-events.ts';
import type { StoredEvent } from '../../store/events.ts';

export type SessionThread = BetaManagedAgentsSessionThread;
type ThreadSession = Pick<
  SessionResource,
  'id' | 'agent' | 'status' | 'created_at' | 'updated_at' | 'archived_at' | 'stats'
>;

const PAGE = 1000;

/** The primary thread of a session, then its subagents in the order in which the journal says that they began. */
export async function readThreads(
  events: Pick<SessionEvents, 'listThreadEvents'>,
  session: ThreadSession,
): Promise<SessionThread[]> {
  const primary = toPrimaryThread(session);
  const subagents = new Map<string, Subagent>();
  for await (const { body, createdAt } of readAll(events)) {
    applyEvent(subagents, { event: body, at: createdAt, primary });
  }
  return [primary, ...[...subagents.values()].map(({ thread }) => thread)];
}

/** Whether an event or preview belongs to a thread. One that names no thread belongs to the primary thread. */
export function isInThread(item: unknown, thread: Pick<SessionThread, 'id' | 'parent_thread_id'>): boolean {
  const named =
    typeof item === 'object' && item !== null && 'session_thread_id' in item ? item.session_thread_id : null;
  return thread.parent_thread_id === null ? (named ?? null) === null : named === thread.id;
}

/** The thread of the session's own agent; its id is derived from the session's id. */
function toPrimaryThread(session: ThreadSession): SessionThread {
  const { multiagent: _, ...agent } = session.agent;
  const hasNeverRun = session.status === 'idle' && session.stats.active_seconds === 0;
  return {
    type: 'session_thread',
    id: session.id.replace(/^sesn_/, 'thrd_'),
    session_id: session.id,
    parent_thread_id: null,
    workflow_run_id: null,
    status: session.status,
    agent,
    created_at: session.created_at,
    updated_at: session.updated_at,
    archived_at: session.archived_at,
    stats: hasNeverRun ? null : session.stats,
    usage: null,
  };
}

interface Subagent {
  thread: SessionThread;
  /** ISO 8601; null while it does not run. */
  runningSince: string | null;
}

function applyEvent(
  subagents: Map<string, Subagent>,
  { event, at, primary }: { event: SessionEvent; at: string; primary: SessionThread },
): void {
  const setStatus = (id: string, status: BetaManagedAgentsSessionThreadStatus) => {
    const subagent = subagents.get(id);
    if (subagent) subagents.set(id, changeStatus(subagent, status, at));
  };
  switch (event.type) {
    case 'session.thread_created':
      subagents.set(event.session_thread_id, {
        runningSince: null,
        thread: {
          ...primary,
          id: event.session_thread_id,
          parent_thread_id: primary.id,
          status: 'idle',
          agent: toInlineAgent(event.agent_name, event.description, primary.agent),
          created_at: at,
          updated_at: at,
          stats: null,
        },
      });
      break;
    case 'session.thread_status_running':
      setStatus(event.session_thread_id, 'running');
      break;
    case 'session.thread_status_idle':
      setStatus(event.session_thread_id, 'idle');
      break;
    default:
      // With the turn or the process, what worked in it has ended. Waiting for an answer ends nothing.
      if (event.type === 'session.status_idle' && event.stop_reason.type === 'requires_action') break;
      for (const { thread } of subagents.values()) if (thread.status === 'running') setStatus(thread.id, 'idle');
  }
}

function changeStatus(
  { thread, runningSince }: Subagent,
  status: BetaManagedAgentsSessionThreadStatus,
  at: string,
): Subagent {
  const seconds = runningSince === null ? 0 : (Date.parse(at) - Date.parse(runningSince)) / 1000;
  const stats = { active_seconds: (thread.stats?.active_seconds ?? 0) + seconds, startup_seconds: 0 };
  return { thread: { ...thread, status, stats, updated_at: at }, runningSince: status === 'running' ? at : null };
}

function toInlineAgent(
  name: string,
  description: string | undefined,
  { model }: Pick<SessionThread['agent'], 'model'>,
): SessionThread['agent'] {
  return {
    type: 'inline',
    name,
    description: description ?? null,
    model: typeof model === 'string' ? { id: model } : { id: model.id },
    system: null,
    tools: [],
    mcp_servers: [],
    skills: [],
    execution_identity: { type: 'service_account' },
  };
}

async function* readAll(events: Pick<SessionEvents, 'listThreadEvents'>): AsyncGenerator<StoredEvent> {
  for (let after = 0; ;) {
    const page = await events.listThreadEvents({ after, limit: PAGE });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.seq;
  }
}
