/** One item of a step: what the model does next. Create items with the functions below. */
export type Reply =
  | SayReply
  | ThinkReply
  | UseToolReply
  | UsageReply
  | StopReply
  | WaitReply
  | FailReply
  | BreakStreamReply
  | HangReply;

/** The speed of a text. A token counts as four characters. */
export interface PaceOptions {
  tokensPerSecond?: number;
  /** Characters per delta; by default one or two words. */
  chunkSize?: number;
}

export interface UsageFields {
  input_tokens?: number;
  output_tokens?: number;
  cache_creation_input_tokens?: number;
  cache_read_input_tokens?: number;
}

export type StopReason =
  | 'end_turn'
  | 'max_tokens'
  | 'stop_sequence'
  | 'tool_use'
  | 'pause_turn'
  | 'refusal'
  | 'model_context_window_exceeded';

/** The reason for a refusal, which the API adds to the stop reason `refusal`. */
export interface RefusalDetails {
  category: string | null;
  explanation: string | null;
}

export type FailStatus = 400 | 401 | 403 | 404 | 413 | 429 | 500 | 529;

export interface SayReply extends PaceOptions {
  kind: 'say';
  text: string;
}
export interface ThinkReply extends PaceOptions {
  kind: 'think';
  text: string;
}
export interface UseToolReply {
  kind: 'useTool';
  name: string;
  input: Readonly<Record<string, unknown>>;
  id?: string;
}
export interface UsageReply {
  kind: 'usage';
  usage: UsageFields;
}
export interface StopReply {
  kind: 'stop';
  reason: StopReason;
  details?: RefusalDetails;
}
export interface WaitReply {
  kind: 'wait';
  ms: number;
}
/** How often a fault happens; after `times` requests it stops. */
export interface FaultOptions {
  times?: number;
}
export interface FailReply extends FaultOptions {
  kind: 'fail';
  status: FailStatus;
  message?: string;
  retryAfterSeconds?: number;
  afterChunks?: number;
}
export interface BreakStreamReply extends FaultOptions {
  kind: 'breakStream';
  afterChunks: number;
}
export interface HangReply extends FaultOptions {
  kind: 'hang';
  until?: Promise<unknown>;
}

/** A text block, streamed in chunks. */
export function say(text: string, pace: PaceOptions = {}): Reply {
  return { kind: 'say', text, ...pace };
}

/** A thinking block with its signature. */
export function think(text: string, pace: PaceOptions = {}): Reply {
  return { kind: 'think', text, ...pace };
}

/** A tool call. Several in one step are parallel calls of one message. */
export function useTool(name: string, input: Readonly<Record<string, unknown>>, options: { id?: string } = {}): Reply {
  return { kind: 'useTool', name, input, ...options };
}

/** Overrides the estimated token counts of this message. */
export function usage(fields: UsageFields): Reply {
  return { kind: 'usage', usage: fields };
}

/** Overrides the stop reason, which is otherwise `tool_use` or `end_turn`. A refusal may say why. */
export function stop(reason: StopReason, details?: RefusalDetails): Reply {
  return { kind: 'stop', reason, ...(details !== undefined && { details }) };
}

/** Silence in the middle of the stream, in milliseconds. */
export function wait(ms: number): Reply {
  return { kind: 'wait', ms };
}

/**
 * An error in the API's envelope: as the HTTP status when it is first in its step, otherwise as an `error` event of
 * the stream; with `afterChunks`, in the middle of a block after that many more deltas. Without `times` it happens
 * always.
 */
export function fail(
  status: FailStatus,
  options: FaultOptions & { message?: string; retryAfterSeconds?: number; afterChunks?: number } = {},
): Reply {
  return { kind: 'fail', status, ...options };
}

/** Destroys the socket after `afterChunks` more deltas (default 0). Without `times` it happens always. */
export function breakStream(options: FaultOptions & { afterChunks?: number } = {}): Reply {
  const { afterChunks = 0, ...rest } = options;
  return { kind: 'breakStream', afterChunks, ...rest };
}

/**
 * Sends nothing more until the client disconnects or `until` settles; first in its step, not even the head of the
 * response. With `until` a test decides when the model continues.
 */
export function hang(options: FaultOptions & { until?: Promise<unknown> } = {}): Reply {
  return { kind: 'hang', ...options };
}
