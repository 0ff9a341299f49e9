import type { SessionEvent } from '@claude-sdk-pattern/protocol';

import type { TranslationOutput } from './translation.ts';

/** For tests: the rules that outputs break, as sentences; empty when none. */
export function findProblems(outputs: readonly TranslationOutput[]): string[] {
  const events = outputs.flatMap((output) => (output.kind === 'event' ? [output.event] : []));
  return [
    ...findIdProblems(events),
    ...findRequestProblems(events),
    ...findToolProblems(events),
    ...findSignalProblems(outputs),
    ...findPreviewProblems(outputs),
  ];
}

function findIdProblems(events: readonly SessionEvent[]): string[] {
  const ids = events.map((event) => event.id);
  return [
    ...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `${id} stands twice`),
    ...events.filter((event) => event.processed_at == null).map((event) => `${event.id} has no time`),
  ];
}

/** One model request at a time. Each ends, before the results of its tool calls. */
function findRequestProblems(events: readonly SessionEvent[]): string[] {
  const problems: string[] = [];
  let open: string | undefined;
  for (const event of events) {
    if (event.type === 'span.model_request_start') {
      if (open !== undefined) problems.push(`${event.id} begins while ${open} is open`);
      open = event.id;
    } else if (event.type === 'span.model_request_end') {
      if (event.model_request_start_id !== open) problems.push(`${event.id} ends another request than ${open}`);
      open = undefined;
    } else if (isResult(event) && event.session_thread_id == null && open !== undefined) {
      problems.push(`${event.id} came before the end of ${open}`);
    }
  }
  return open === undefined ? problems : [...problems, `${open} has no end`];
}

/** Each call has one result, after it and in its thread. */
function findToolProblems(events: readonly SessionEvent[]): string[] {
  const problems: string[] = [];
  const open = new Map<string, string | null>();
  for (const event of events) {
    if (event.type === 'agent.tool_use' || event.type === 'agent.mcp_tool_use') {
      open.set(event.id, event.session_thread_id ?? null);
    } else if (isResult(event)) {
      const id = event.type === 'agent.tool_result' ? event.tool_use_id : event.mcp_tool_use_id;
      if (!open.has(id)) problems.push(`${event.id} answers no call, or one that has its answer`);
      else if (open.get(id) !== (event.session_thread_id ?? null)) problems.push(`${event.id} is in another thread`);
      open.delete(id);
    }
  }
  return [...problems, ...[...open.keys()].map((id) => `${id} has no result`)];
}

/** The signal of a tool call comes directly after its event. */
function findSignalProblems(outputs: readonly TranslationOutput[]): string[] {
  return outputs.flatMap((output, index) => {
    if (output.kind !== 'signal' || output.signal.type !== 'tool_use') return [];
    const before = outputs[index - 1];
    const { id } = output.signal.event;
    return before?.kind === 'event' && before.event.id === id ? [] : [`the signal of ${id} is out of place`];
  });
}

/** A preview is ended by the event with its id, which has the same text. */
function findPreviewProblems(outputs: readonly TranslationOutput[]): string[] {
  const problems: string[] = [];
  const open = new Map<string, string>();
  for (const output of outputs) {
    if (output.kind === 'preview') {
      const preview = output.event;
      if (preview.type === 'queue_position') problems.push('an agent tells a place in the queue');
      else if (preview.type === 'event_start') open.set(preview.event.id, '');
      else if (open.has(preview.event_id)) {
        open.set(preview.event_id, `${open.get(preview.event_id)}${preview.delta.content.text}`);
      } else problems.push(`a delta of ${preview.event_id} is out of place`);
    } else if (output.kind === 'event' && open.has(output.event.id)) {
      const { id } = output.event;
      if (toText(output.event) !== open.get(id)) problems.push(`${id} has another text than its preview`);
      open.delete(id);
    }
  }
  return [...problems, ...[...open.keys()].map((id) => `the preview of ${id} has no event`)];
}

function isResult(
  event: SessionEvent,
): event is Extract<SessionEvent, { type: 'agent.tool_result' | 'agent.mcp_tool_result' }> {
  return event.type === 'agent.tool_result' || event.type === 'agent.mcp_tool_result';
}

function toText(event: SessionEvent): string | undefined {
  if (event.type === 'agent.thinking') return event.text;
  if (event.type !== 'agent.message') return undefined;
  return event.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
}
