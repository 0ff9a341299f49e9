import type { SDKMessage } from '@anthropic-ai/claude-agent-sdk';

import { isOfHeldReport } from '../../hooks/held-report.ts';
import { endTask, moveTask, reconcileTasks, startTask } from './background-tasks.ts';
import { isKeyRefused, toErrorEvent, toKeyRefusal } from './error-event.ts';
import { closeRequest, openRequest } from './model-request.ts';
import { stamp, toEvent, toSignal, type Translation, type TranslationContext } from './translation.ts';
import type { TranslationState } from './translation-state.ts';

type SystemMessage = Extract<SDKMessage, { type: 'system' }>;

export function translateSystemMessage(
  state: TranslationState,
  message: SystemMessage,
  context: TranslationContext,
): Translation {
  switch (message.subtype) {
    case 'status':
      return translateStatus(state, message, context);
    case 'api_retry':
      return translateRetry(state, message, context);
    case 'compact_boundary':
      return { state, outputs: [toEvent({ ...stamp(context), type: 'agent.thread_context_compacted' })] };
    case 'task_started':
      return inTurn(startThread(state, message, context), (next) => startTask(next, message, context));
    case 'task_updated':
      return moveTask(state, message, context);
    case 'task_notification':
      return inTurn(endThread(state, message, context), (next) => endTask(next, message, context));
    case 'background_tasks_changed':
      return reconcileTasks(state, message, context);
    case 'local_command_output':
      return notice(state, context, 'info', message.content);
    case 'hook_response':
      return translateHookResponse(state, message, context);
    case 'informational':
      // A hook of a plugin failed: its `hook_response` says more.
      if (message.tag === 'hook_no_verdict' || isOfHeldReport(message.content)) return { state, outputs: [] };
      return notice(state, context, message.level === 'warning' ? 'warning' : 'info', message.content);
    case 'notification':
      if (message.key === 'stop-hook-error') return { state, outputs: [] };
      return notice(state, context, 'info', message.text);
    case 'model_refusal_fallback':
      return notice(state, context, 'warning', message.content);
    case 'model_refusal_no_fallback':
      return notice(state, context, 'warning', message.content);
    case 'mirror_error':
      return { state, outputs: [toSignal({ type: 'transcript_lost', message: message.error })] };
    case 'session_writes_lost':
      return {
        state,
        outputs: [toSignal({ type: 'transcript_lost', message: `The agent could not write: ${message.error_code}` })],
      };
    case 'task_progress':
    case 'thinking_tokens':
    case 'control_request_progress':
    case 'hook_progress':
      return { state, outputs: [] };
    case 'init':
    case 'permission_denied':
    case 'hook_started':
    case 'plugin_install':
    case 'session_state_changed':
    case 'worker_shutting_down':
    case 'commands_changed':
    case 'files_persisted':
    case 'memory_recall':
    case 'elicitation_complete':
      return { state, outputs: [] };
    default:
      return {
        state,
        outputs: [
          toSignal({ type: 'unknown_message', messageType: `system/${(message as { subtype: string }).subtype}` }),
        ],
      };
  }
}

function translateStatus(
  state: TranslationState,
  message: Extract<SystemMessage, { subtype: 'status' }>,
  context: TranslationContext,
): Translation {
  if (message.status === 'requesting') {
    const opened = openRequest(state, context);
    return { state: opened.state, outputs: opened.outputs };
  }
  // It takes as long as an answer, and people see nothing else meanwhile.
  if (message.status === 'compacting') return notice(state, context, 'info', 'Summarizing the conversation so far');
  if (message.compact_result === 'failed') {
    const reason = message.compact_error === undefined ? '' : `: ${message.compact_error}`;
    return notice(state, context, 'warning', `The conversation could not be summarized${reason}`);
  }
  return { state, outputs: [] };
}

function translateRetry(
  state: TranslationState,
  message: Extract<SystemMessage, { subtype: 'api_retry' }>,
  context: TranslationContext,
): Translation {
  const closed = closeRequest(state, context, { isError: true });
  if (isKeyRefused(message.error_status)) {
    // The CLI would try ten times over three minutes (2.1.330), but the key stays invalid.
    const event = toErrorEvent(message.error, {
      message: toKeyRefusal(message.error_status),
      retryStatus: 'exhausted',
      statusCode: message.error_status,
      context,
    });
    return { state: closed.state, outputs: [...closed.outputs, toEvent(event), toSignal({ type: 'give_up' })] };
  }
  const status = message.error_status === null ? 'the connection broke' : `status ${message.error_status}`;
  return {
    state: { ...closed.state, retriedError: message.error },
    outputs: [
      ...closed.outputs,
      toEvent(
        toErrorEvent(message.error, {
          message: `A model request failed (${status})`,
          retryStatus: 'retrying',
          statusCode: message.error_status,
          context,
        }),
      ),
      toEvent({ ...stamp(context), type: 'session.status_rescheduled' }),
      toEvent({
        ...stamp(context),
        type: 'session.retry_scheduled',
        attempt: message.attempt,
        max_attempts: message.max_retries,
        retry_delay_ms: message.retry_delay_ms,
        retry_at: new Date(context.nowMs + message.retry_delay_ms).toISOString(),
        error_status: message.error_status,
      }),
    ],
  };
}

const MAX_HOOK_OUTPUT_CHARS = 300;

/** The CLI goes on where a hook fails (2.1.332). 2 is the exit code by which a hook blocks, and says why. */
function translateHookResponse(
  state: TranslationState,
  message: Extract<SystemMessage, { subtype: 'hook_response' }>,
  context: TranslationContext,
): Translation {
  if (message.outcome !== 'error' || message.exit_code === 2) return { state, outputs: [] };
  const code = message.exit_code === undefined ? '' : ` with exit code ${message.exit_code}`;
  const said = context.mask(message.stderr.trim()).slice(0, MAX_HOOK_OUTPUT_CHARS);
  const text = `A plugin's hook for ${message.hook_name} failed${code} and checked nothing${said === '' ? '' : `: ${said}`}`;
  return notice(state, context, 'warning', text);
}

function startThread(
  state: TranslationState,
  message: Extract<SystemMessage, { subtype: 'task_started' }>,
  context: TranslationContext,
): Translation {
  if (message.task_type !== 'local_agent' || message.tool_use_id === undefined || message.ambient === true) {
    return { state, outputs: [] };
  }
  const thread = { threadId: context.newThreadId(), agentName: message.subagent_type ?? 'subagent' };
  const toolUse = state.toolUses.get(message.tool_use_id);
  const common = { agent_name: thread.agentName, session_thread_id: thread.threadId };
  return {
    state: { ...state, threads: new Map(state.threads).set(message.tool_use_id, thread) },
    outputs: [
      toEvent({
        ...stamp(context),
        ...common,
        type: 'session.thread_created',
        workflow_run_id: null,
        description: toDescription(message, toolUse?.event.input),
        ...(toolUse && { tool_use_id: toolUse.event.id }),
      }),
      toEvent({ ...stamp(context), ...common, type: 'session.thread_status_running' }),
    ],
  };
}

/** As the event of the call shows it: secrets may be hidden there. */
function toDescription(
  { description }: { description: string },
  shown: Readonly<Record<string, unknown>> | undefined,
): string {
  const ofCall = shown?.['description'];
  return typeof ofCall === 'string' ? ofCall : description;
}

function endThread(
  state: TranslationState,
  message: Extract<SystemMessage, { subtype: 'task_notification' }>,
  context: TranslationContext,
): Translation {
  const thread = message.tool_use_id === undefined ? undefined : state.threads.get(message.tool_use_id);
  if (thread === undefined) return { state, outputs: [] };
  const event = {
    ...stamp(context),
    type: 'session.thread_status_idle',
    agent_name: thread.agentName,
    session_thread_id: thread.threadId,
    stop_details: thread.refusal ?? null,
    stop_reason: { type: thread.refusal === undefined ? 'end_turn' : 'refusal' },
  } as const;
  return { state, outputs: [toEvent(event)] };
}

/** Both translations of one message. */
function inTurn(first: Translation, second: (state: TranslationState) => Translation): Translation {
  const { state, outputs } = second(first.state);
  return { state, outputs: [...first.outputs, ...outputs] };
}

function notice(
  state: TranslationState,
  context: TranslationContext,
  level: 'info' | 'warning',
  text: string,
): Translation {
  if (text.trim() === '') return { state, outputs: [] };
  return { state, outputs: [toEvent({ ...stamp(context), type: 'session.notice', level, text })] };
}
