import { foldPreviews, NO_PREVIEWS, type Previews } from '@claude-sdk-pattern/client';
import type {
  AgentMcpToolResultEvent,
  AgentMessageEvent,
  AgentToolResultEvent,
  PreviewEvent,
  SessionEvent,
  UserCustomToolResultEvent,
} from '@claude-sdk-pattern/protocol';

import { renderNotice, toQueueText } from './notices.ts';
import { toTerminalLine, toTerminalText } from './terminal-text.ts';
import { isTaskTool, summarizeToolCall, summarizeToolResult } from './summarize-tool.ts';

/** A piece of output: the agent's text, a notice, or a problem. */
export interface Piece {
  kind: 'text' | 'note' | 'problem';
  text: string;
}

/** The part of the written output on which the next piece depends. */
export interface Transcript {
  previews: Previews;
  /** How much of each unfinished message has been written. */
  written: ReadonlyMap<string, string>;
  /** The message at whose end the cursor is, if any. */
  openMessage: string | undefined;
  /** Tool calls that have no result yet: event id to summary, or undefined for one that is not shown. */
  openCalls: ReadonlyMap<string, string | undefined>;
  /** Messages typed at this terminal. They are on the screen already, so their events are not shown again. */
  expectedEchoes: readonly string[];
}

export const EMPTY_TRANSCRIPT: Transcript = {
  previews: NO_PREVIEWS,
  written: new Map(),
  openMessage: undefined,
  openCalls: new Map(),
  expectedEchoes: [],
};

export type TranscriptInput =
  | { type: 'event'; event: SessionEvent }
  | { type: 'preview'; preview: PreviewEvent }
  /** The person has typed a message at this terminal. */
  | { type: 'typed'; text: string }
  /** The connection is attached, the first time or again. The server sends unfinished messages again. */
  | { type: 'attached' };

export interface Rendered {
  transcript: Transcript;
  pieces: Piece[];
}

/** Options of how a terminal shows a session. */
export interface TranscriptView {
  /** In characters. */
  width: number;
  /** Whether a turn's cost is shown. */
  showsCost: boolean;
}

/** Converts a session's events to append-only terminal output. Pure. */
export function renderTranscript(transcript: Transcript, input: TranscriptInput, view: TranscriptView): Rendered {
  switch (input.type) {
    case 'preview':
      return renderPreview(transcript, input.preview);
    case 'event':
      return renderEvent(
        { ...transcript, previews: foldPreviews(transcript.previews, input.event) },
        input.event,
        view,
      );
    case 'typed':
      return { transcript: { ...transcript, expectedEchoes: [...transcript.expectedEchoes, input.text] }, pieces: [] };
    case 'attached':
      return { transcript: { ...transcript, previews: NO_PREVIEWS }, pieces: [] };
  }
}

function renderPreview(transcript: Transcript, event: PreviewEvent): Rendered {
  if (event.type === 'queue_position') return note(transcript, toQueueText(event.position));
  const previews = foldPreviews(transcript.previews, event);
  const next = { ...transcript, previews };
  const preview = event.type === 'event_delta' ? previews.get(event.event_id) : undefined;
  // Only one message can be streamed at a time. A second one, or a subagent's, is written when it is complete.
  if (!preview || preview.type !== 'agent.message' || preview.threadId !== null)
    return { transcript: next, pieces: [] };
  if (transcript.openMessage !== undefined && transcript.openMessage !== preview.eventId)
    return { transcript: next, pieces: [] };
  return writeMore(next, preview.eventId, preview.text);
}

/** Writes the part of a message that is not on the screen yet. */
function writeMore(transcript: Transcript, id: string, text: string): Rendered {
  const safe = toTerminalText(text);
  const before = transcript.written.get(id) ?? '';
  if (safe === before || !safe.startsWith(before)) return { transcript, pieces: [] };
  return {
    transcript: { ...transcript, openMessage: id, written: new Map(transcript.written).set(id, safe) },
    pieces: [{ kind: 'text', text: safe.slice(before.length) }],
  };
}

function renderEvent(transcript: Transcript, event: SessionEvent, { width, showsCost }: TranscriptView): Rendered {
  if (event.type === 'agent.message') return renderMessage(transcript, event);
  switch (event.type) {
    case 'user.message':
      return renderUserMessage(transcript, toText(event.content), event.actor?.name, width);
    case 'agent.tool_use':
    case 'agent.mcp_tool_use':
    case 'agent.custom_tool_use': {
      const call = isTaskTool(event.name) ? undefined : summarizeToolCall(event.name, event.input, width - 4);
      const next = { ...transcript, openCalls: new Map(transcript.openCalls).set(event.id, call) };
      return call === undefined ? { transcript: next, pieces: [] } : note(next, `${indent(event)}● ${call}`);
    }
    case 'agent.tool_result':
      return renderToolResult(transcript, event, event.tool_use_id, width);
    case 'agent.mcp_tool_result':
      return renderToolResult(transcript, event, event.mcp_tool_use_id, width);
    case 'user.custom_tool_result':
      return renderToolResult(transcript, event, event.custom_tool_use_id, width);
    default: {
      const notice = renderNotice(event, showsCost);
      return notice
        ? closeLine(transcript, [{ kind: notice.kind, text: `${toTerminalText(notice.text)}\n` }])
        : { transcript, pieces: [] };
    }
  }
}

function renderToolResult(
  transcript: Transcript,
  event: AgentToolResultEvent | AgentMcpToolResultEvent | UserCustomToolResultEvent,
  callId: string,
  width: number,
): Rendered {
  const openCalls = new Map(transcript.openCalls);
  const call = openCalls.get(callId);
  const hidden = openCalls.delete(callId) && call === undefined;
  const next = { ...transcript, openCalls };
  if (hidden && !event.is_error) return { transcript: next, pieces: [] };
  // If several calls are open, the result has to name its call.
  const whose = openCalls.size > 0 && call !== undefined ? `${toTerminalLine(call, 30)}: ` : '';
  return note(next, `${indent(event)}  └ ${whose}${summarizeToolResult(event, width - 6 - whose.length)}`);
}

function renderMessage(transcript: Transcript, event: AgentMessageEvent): Rendered {
  const text = toTerminalText(toText(event.content));
  const before = transcript.written.get(event.id);
  const written = new Map(transcript.written);
  written.delete(event.id);
  const next = { ...transcript, written };
  if (text.trim() === '' && before === undefined) return { transcript: next, pieces: [] };
  // Subagents report to the agent, which passes on what matters.
  if (event.session_thread_id != null) return { transcript: next, pieces: [] };
  if (before !== undefined && transcript.openMessage === event.id && text.startsWith(before)) {
    return {
      transcript: { ...next, openMessage: undefined },
      pieces: [{ kind: 'text', text: `${text.slice(before.length)}\n` }],
    };
  }
  // The preview had a gap, or other output came in between. The event has the complete text, so it is written again.
  return closeLine(next, [{ kind: 'text', text: `${text}\n` }]);
}

function renderUserMessage(transcript: Transcript, text: string, actor: string | undefined, width: number): Rendered {
  const echo = transcript.expectedEchoes.indexOf(text);
  if (echo >= 0)
    return { transcript: { ...transcript, expectedEchoes: transcript.expectedEchoes.toSpliced(echo, 1) }, pieces: [] };
  return note(
    transcript,
    `${actor === undefined ? '' : `${toTerminalLine(actor, 40)} `}> ${toTerminalLine(text, width)}`,
  );
}

function note(transcript: Transcript, line: string): Rendered {
  return closeLine(transcript, [{ kind: 'note', text: `${line}\n` }]);
}

/** Ends the line of a message that is still being written, so that the next output starts on a new line. */
function closeLine(transcript: Transcript, pieces: Piece[]): Rendered {
  if (transcript.openMessage === undefined) return { transcript, pieces };
  return { transcript: { ...transcript, openMessage: undefined }, pieces: [{ kind: 'text', text: '\n' }, ...pieces] };
}

function indent(event: { session_thread_id?: string | null }): string {
  return event.session_thread_id == null ? '' : '  ';
}

function toText(content: readonly { type: string; text?: string }[]): string {
  return content.map((block) => (block.type === 'text' ? (block.text ?? '') : `[${block.type}]`)).join('\n');
}
