import type { SessionEvent } from '@claude-sdk-pattern/protocol';

export interface Notice {
  kind: 'note' | 'problem';
  text: string;
}

/**
 * The notice for an event that is neither a message nor a tool call; undefined for most events. `showsCost` is false
 * for the demo, whose prices nobody pays.
 */
export function renderNotice(event: SessionEvent, showsCost: boolean): Notice | undefined {
  switch (event.type) {
    case 'session.process_queued':
      return note(toQueueText(event.position));
    case 'session.process_starting':
      return note('Starting the agent…');
    case 'session.process_restarting':
      return note(`The agent is being restarted: ${event.reason}`);
    case 'session.retry_scheduled': {
      const seconds = Math.round(event.retry_delay_ms / 1000);
      if (event.is_outage === true) return note(`The model API does not answer; the next try is in ${seconds} s.`);
      return note(`The model cannot be reached; try ${event.attempt} of ${event.max_attempts} in ${seconds} s.`);
    }
    case 'session.error':
      return { kind: 'problem', text: event.error.message };
    case 'session.notice':
      return { kind: event.level === 'info' ? 'note' : 'problem', text: event.text };
    case 'session.branched':
      return note(toBranchText(event));
    case 'session.approval_cancelled':
      return note('The question is void: the tool call was ended before it was answered.');
    case 'session.todos_updated':
      return note(summarizeTasks(event.todos));
    case 'session.background_tasks_updated':
      return toTasksNote(event.tasks);
    case 'session.turn_completed':
      return note(summarizeTurn(event, showsCost));
    case 'agent.thread_context_compacted':
      return note('The conversation was summarised to make room.');
    case 'session.status_idle':
      if (event.stop_reason.type === 'requires_action' && event.stop_reason.waits_for === 'program')
        return note('Waits for a program to send the result of its tool. Ctrl+C stops the turn.');
      return renderStop(event.stop_reason.type);
    default:
      return undefined;
  }
}

/** Covers every place in the queue. The places between the first and the last arrive only as previews. */
export function toQueueText(position: number): string {
  return `Waiting for a free place (number ${position})…`;
}

/** A terminal keeps what it has printed. */
function toBranchText({ reason, actor }: Extract<SessionEvent, { type: 'session.branched' }>): string {
  const who = `${actor.name} `;
  if (reason === 'switched') return `${who}went to another branch of the conversation, which goes on from there.`;
  const what = {
    edited: 'changed an earlier message',
    rerun: 'ran an earlier message again',
    rewound: 'rewound the conversation',
  };
  return `${who}${what[reason]}. The agent knows nothing of what came after it.`;
}

function note(text: string): Notice {
  return { kind: 'note', text };
}

function renderStop(reason: string): Notice | undefined {
  switch (reason) {
    case 'retries_exhausted':
      return { kind: 'problem', text: 'The turn failed. Send a message to try again.' };
    case 'budget_reached':
      return { kind: 'problem', text: 'The budget is used up. Ask an administrator to raise it.' };
    case 'refusal':
      return { kind: 'problem', text: 'The model refused to answer this.' };
    default:
      return undefined;
  }
}

function summarizeTasks(todos: Extract<SessionEvent, { type: 'session.todos_updated' }>['todos']): string {
  const done = todos.filter((todo) => todo.status === 'completed').length;
  const now = todos.find((todo) => todo.status === 'in_progress');
  return `☑ ${done} of ${todos.length} tasks done${now === undefined ? '' : ` · now: ${now.active_form ?? now.content}`}`;
}

/** Commands beside the conversation that have ended; undefined where none has. */
function toTasksNote(tasks: Extract<SessionEvent, { type: 'session.background_tasks_updated' }>['tasks']) {
  const ended = tasks.filter(({ status }) => status !== 'running');
  if (ended.length === 0) return undefined;
  return note(`In the background: ${ended.map(({ description, status }) => `${description} (${status})`).join(', ')}.`);
}

function summarizeTurn(event: Extract<SessionEvent, { type: 'session.turn_completed' }>, showsCost: boolean): string {
  const files = event.changed_files.length;
  const parts = [
    event.outcome === 'interrupted' ? 'interrupted' : undefined,
    `${(event.duration_ms / 1000).toFixed(1)} s`,
    showsCost ? describeCost(event) : undefined,
    files === 0 ? undefined : `${files} ${files === 1 ? 'file' : 'files'} changed`,
  ];
  return `— ${parts.filter((part) => part !== undefined).join(' · ')}`;
}

/** Calls without a price are not free. */
function describeCost({
  cost_usd: cost,
  unpriced_requests: unpriced = 0,
}: {
  cost_usd: number;
  unpriced_requests?: number;
}) {
  if (unpriced === 0) return `$${cost.toFixed(4)}`;
  return cost === 0 ? 'unpriced' : `$${cost.toFixed(4)} + unpriced`;
}
