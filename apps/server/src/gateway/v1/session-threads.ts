import type { SessionEvent } from '@claude-sdk-pattern/protocol';
import type {
  BetaManagedAgentsSessionThread,
  BetaManagedAgentsSessionThreadStatus,
} from '@anthropic-ai/sdk/resources/beta/sessions/threads/threads';

import type { StoredEvent } from '../../store/events.ts';
import type { Store } from '../../store/port.ts';
import { belongsToThread } from './session-stream.ts';

export type SessionThread = BetaManagedAgentsSessionThread;

const THREAD_EVENTS: readonly SessionEvent['type'][] = [
  'session.thread_created',
  'session.thread_status_running',
  'session.thread_status_idle',
  'session.status_idle',
  'session.process_restarting',
];
const PAGE = 1000;

/** The subagents of a session, in the order of their beginning, from what the journal tells of them. */
export async function readThreads(
  events: Store['events'],
  session: { id: string; agent: SessionThreadSource },
): Promise<SessionThread[]> {
  const threads = new Map<string, SessionThread>();
  for await (const { body, createdAt } of readAll(events, session.id, { types: THREAD_EVENTS })) {
    applyEvent(threads, { event: body, at: createdAt, session });
  }
  return [...threads.values()];
}

/** Events of a subagent after `after`, at most `limit`. */
export async function readThreadEvents(
  events: Store['events'],
  sessionId: string,
  options: { threadId: string; after: number; limit: number },
): Promise<StoredEvent[]> {
  const found: StoredEvent[] = [];
  for await (const stored of readAll(events, sessionId, { after: options.after })) {
    if (belongsToThread(stored.body, options.threadId)) found.push(stored);
    if (found.length === options.limit) break;
  }
  return found;
}

interface SessionThreadSource {
  model: { id: string };
}

function applyEvent(
  threads: Map<string, SessionThread>,
  { event, at, session }: { event: SessionEvent; at: string; session: { id: string; agent: SessionThreadSource } },
): void {
  const setStatus = (id: string, status: BetaManagedAgentsSessionThreadStatus) => {
    const thread = threads.get(id);
    if (thread) threads.set(id, { ...thread, status, updated_at: at });
  };
  switch (event.type) {
    case 'session.thread_created':
      threads.set(event.session_thread_id, {
        type: 'session_thread',
        id: event.session_thread_id,
        session_id: session.id,
        parent_thread_id: null,
        workflow_run_id: null,
        status: 'idle',
        agent: toInlineAgent(event.agent_name, event.description, session.agent),
        created_at: at,
        updated_at: at,
        archived_at: null,
        stats: null,
        usage: null,
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
      for (const { id, status } of threads.values()) if (status === 'running') setStatus(id, 'idle');
  }
}

function toInlineAgent(
  name: string,
  description: string | undefined,
  { model }: SessionThreadSource,
): SessionThread['agent'] {
  return {
    type: 'inline',
    name,
    description: description ?? null,
    model: { id: model.id },
    system: null,
    tools: [],
    mcp_servers: [],
    skills: [],
    execution_identity: { type: 'service_account' },
  };
}

async function* readAll(
  events: Store['events'],
  sessionId: string,
  { after = 0, types }: { after?: number; types?: readonly string[] },
): AsyncGenerator<StoredEvent> {
  for (let cursor = after; ;) {
    const page = await events.list(sessionId, { after: cursor, limit: PAGE, ...(types && { types }) });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    cursor = last.seq;
  }
}
