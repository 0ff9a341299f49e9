import type { SDKMessage } from '@anthropic-ai/claude-agent-sdk';
import type { BackgroundTask } from '@claude-sdk-pattern/protocol';

import { stamp, toEvent, toSignal, type Translation, type TranslationContext } from './translation.ts';
import type { KnownTask, TranslationState } from './translation-state.ts';

type TaskMessage<Subtype extends string> = Extract<SDKMessage, { type: 'system'; subtype: Subtype }>;

const KINDS: Readonly<Record<string, BackgroundTask['kind']>> = { local_bash: 'command', local_agent: 'agent' };

/** How the CLI (2.1.332) ends its sentence about a command: "… completed (exit code 0)", "… failed with exit code 3". */
const EXIT_CODE = /exit code (\d+)\)?$/;

/** A program of the agent can write to the CLI's output. */
const MAX_TASKS = 200;

/** Notes a task. It is announced where it runs beside the conversation, and otherwise when it is moved there. */
export function startTask(
  state: TranslationState,
  message: TaskMessage<'task_started'>,
  context: TranslationContext,
): Translation {
  if (message.ambient === true || message.skip_transcript === true) return { state, outputs: [] };
  if (state.started.size >= MAX_TASKS) return { state, outputs: [] };
  const call = message.tool_use_id === undefined ? undefined : state.toolUses.get(message.tool_use_id)?.event;
  // As the event of the call shows it: secrets may be hidden there.
  const shown: Record<string, unknown> = call?.input ?? {};
  const task: BackgroundTask = {
    task_id: message.task_id,
    kind: KINDS[message.task_type ?? ''] ?? 'other',
    description: toText(shown['description']) ?? message.description,
    command: toText(shown['command']) ?? null,
    event_id: call?.id ?? null,
    status: 'running',
    started_at: toTime(context),
    ended_at: null,
    exit_code: null,
  };
  const isOfSubagent = call?.session_thread_id != null;
  return setTask(state, { task, isBackground: message.is_backgrounded === true, isOfSubagent }, context);
}

/** A command that takes long, or that somebody sent there, goes on in the background. */
export function moveTask(
  state: TranslationState,
  { task_id: id, patch }: TaskMessage<'task_updated'>,
  context: TranslationContext,
): Translation {
  const known = state.started.get(id);
  if (known === undefined || known.isBackground || patch.is_backgrounded !== true) return { state, outputs: [] };
  return setTask(state, { ...known, isBackground: true }, context);
}

/** A task has ended. Of one that ended by itself the agent is told, for which it begins a turn where none runs. */
export function endTask(
  state: TranslationState,
  message: TaskMessage<'task_notification'>,
  context: TranslationContext,
): Translation {
  const known = state.started.get(message.task_id);
  if (known === undefined) return { state, outputs: [] };
  const started = new Map(state.started);
  started.delete(message.task_id);
  const next = { ...state, started };
  if (!known.isBackground) return { state: next, outputs: [] };
  const { status, summary } = message;
  const code = known.task.kind === 'command' ? EXIT_CODE.exec(summary)?.[1] : undefined;
  const ended = {
    ...known.task,
    status,
    ended_at: toTime(context),
    exit_code: code === undefined ? null : Number(code),
  };
  const outputs = [toTasksEvent([...listRunning(next), ended], context)];
  const { isOfSubagent = false } = known;
  if (status !== 'stopped') outputs.push(toSignal({ type: 'task_reported', task: ended, isOfSubagent }));
  return { state: next, outputs };
}

/** Tasks of which no notification came are gone all the same: the list of the CLI is what counts. */
export function reconcileTasks(
  state: TranslationState,
  { tasks }: TaskMessage<'background_tasks_changed'>,
  context: TranslationContext,
): Translation {
  const live = new Set(tasks.map(({ task_id: id }) => id));
  const gone = listRunning(state).filter(({ task_id: id }) => !live.has(id));
  if (gone.length === 0) return { state, outputs: [] };
  const started = new Map(state.started);
  for (const { task_id: id } of gone) started.delete(id);
  const next = { ...state, started };
  const ended = gone.map((task) => ({ ...task, status: 'stopped' as const, ended_at: toTime(context) }));
  return { state: next, outputs: [toTasksEvent([...listRunning(next), ...ended], context)] };
}

/** The tasks that run beside the conversation, oldest first. */
export function listRunning({ started }: Pick<TranslationState, 'started'>): BackgroundTask[] {
  return [...started.values()].flatMap(({ task, isBackground }) => (isBackground ? [task] : []));
}

function setTask(state: TranslationState, known: KnownTask, context: TranslationContext): Translation {
  const next = { ...state, started: new Map(state.started).set(known.task.task_id, known) };
  return { state: next, outputs: known.isBackground ? [toTasksEvent(listRunning(next), context)] : [] };
}

function toTasksEvent(tasks: BackgroundTask[], context: TranslationContext): Translation['outputs'][number] {
  return toEvent({ ...stamp(context), type: 'session.background_tasks_updated', tasks });
}

function toText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function toTime({ nowMs }: TranslationContext): string {
  return new Date(nowMs).toISOString();
}
