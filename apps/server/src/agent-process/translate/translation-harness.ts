import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { SDKMessage } from '@anthropic-ai/claude-agent-sdk';
import type { PreviewEvent, SessionEvent } from '@claude-sdk-pattern/protocol';

import { translate } from './translate.ts';
import type { TranslationOutput, TranslationSignal } from './translation.ts';
import { INITIAL_STATE, type TranslationState } from './translation-state.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');

/** For tests: the messages of a recorded stream. `apps/server/test/record-fixtures.ts` makes them. */
export function readFixture(name: string): SDKMessage[] {
  const lines = readFileSync(join(FIXTURES, `${name}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as SDKMessage);
}

export interface TranslationRun {
  state: TranslationState;
  outputs: TranslationOutput[];
  events: SessionEvent[];
  previews: PreviewEvent[];
  signals: TranslationSignal[];
}

/** Translates messages one after the other, with ids and a clock that count up. */
export function runTranslation(messages: readonly SDKMessage[]): TranslationRun {
  let state = INITIAL_STATE;
  let count = 0;
  let nowMs = Date.parse('2026-02-01T12:00:00.000Z');
  const outputs: TranslationOutput[] = [];
  for (const message of messages) {
    nowMs += 100;
    const translation = translate(state, message, {
      newEventId: () => `sevt_${(count += 1)}`,
      newThreadId: () => `thrd_${(count += 1)}`,
      nowMs,
      evaluatePermission: ({ toolName }) => (toolName === 'Write' ? 'ask' : 'allow'),
      findMcpTool: (toolName) =>
        toolName === 'mcp__calculator__add' ? { server: 'calculator', tool: 'add' } : undefined,
      workspaceDir: '/workspace',
    });
    state = translation.state;
    outputs.push(...translation.outputs);
  }
  return {
    state,
    outputs,
    events: outputs.flatMap((output) => (output.kind === 'event' ? [output.event] : [])),
    previews: outputs.flatMap((output) => (output.kind === 'preview' ? [output.event] : [])),
    signals: outputs.flatMap((output) => (output.kind === 'signal' ? [output.signal] : [])),
  };
}

/**
 * The outputs as lines that can be read like a story. Requests, previews and signs of life are told in their own tests
 * and left out here.
 */
export function tell(outputs: readonly TranslationOutput[]): string[] {
  return outputs.flatMap((output) => {
    if (output.kind === 'preview') return [];
    const line = output.kind === 'event' ? tellEvent(output.event) : tellSignal(output.signal);
    return line === undefined ? [] : [line];
  });
}

function tellEvent(event: SessionEvent): string | undefined {
  const thread = 'session_thread_id' in event && event.session_thread_id ? '  ' : '';
  const cut = 'cut_off' in event && event.cut_off ? ' (cut off)' : '';
  switch (event.type) {
    case 'span.model_request_start':
    case 'span.model_request_end':
      return undefined;
    case 'agent.message':
      return `${thread}says${cut}: ${toText(event.content)}`;
    case 'agent.thinking':
      return `${thread}thinks${cut}: ${event.text ?? ''}`;
    case 'agent.tool_use':
    case 'agent.mcp_tool_use':
      return `${thread}calls ${event.name} (${event.evaluated_permission})`;
    case 'agent.tool_result':
    case 'agent.mcp_tool_result':
      return `${thread}${event.is_error === true ? 'fails' : 'gets'}: ${toText(event.content ?? [])}`;
    case 'session.thread_created':
      return `starts ${event.agent_name}: ${event.description ?? ''}`;
    case 'session.todos_updated':
      return `to do: ${event.todos.map(({ content, status }) => `${content} ${status}`).join(', ')}`;
    case 'session.error':
      return `error ${event.error.type}, ${event.error.retry_status.type}: ${event.error.message}`;
    case 'session.retry_scheduled':
      return `retries, ${event.attempt} of ${event.max_attempts}`;
    case 'session.notice':
      return `${event.level}: ${event.text}`;
    case 'session.thread_status_idle':
      return event.stop_reason.type === 'end_turn' ? event.type : `${event.type}, ${event.stop_reason.type}`;
    default:
      return event.type;
  }
}

function tellSignal(signal: TranslationSignal): string | undefined {
  switch (signal.type) {
    case 'tool_use':
    case 'tool_done':
      return undefined;
    case 'turn_ended': {
      const files = signal.changedFiles.length === 0 ? '' : `, changed ${signal.changedFiles.join(' ')}`;
      const refusal = signal.refusal === null ? '' : `, refused (${signal.refusal.category ?? 'no category'})`;
      return `-- ${signal.outcome}${refusal}${files}`;
    }
    case 'plan_mode':
      return `-- plan mode ${signal.active ? 'on' : 'off'}`;
    case 'transcript_lost':
      return `-- transcript lost: ${signal.message}`;
    case 'unknown_message':
    case 'unusable_message':
      return `-- unknown ${signal.messageType}`;
    case 'give_up':
      return '-- give up';
  }
}

/** The first line, cut where it gets long: the rest is the CLI's wording, not ours. */
function toText(content: readonly { type: string; text?: string }[]): string {
  const [line = ''] = content
    .map((block) => block.text ?? `[${block.type}]`)
    .join(' ')
    .split('\n');
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}
