import type { StopReason } from '@anthropic-ai/sdk/resources/messages';
import { toChunks } from './chunk.ts';
import type {
  FailReply,
  PaceOptions,
  RefusalDetails,
  Reply,
  SayReply,
  ThinkReply,
  UsageFields,
  UseToolReply,
} from './reply.ts';
import type { Pace } from './scenario.ts';
import type { StreamEvent } from './stream-events.ts';
import { toBlockDelta, toBlockStart, toMessageDelta, toMessageStart } from './stream-events.ts';
import { toTokens } from './token-estimate.ts';

/** What the server does next for a request. A `break` or `fail` is always the last one. */
export type Action =
  | { type: 'wait'; ms: number }
  | { type: 'send'; event: StreamEvent }
  | { type: 'hang'; until: Promise<unknown> | undefined }
  | { type: 'break' }
  | { type: 'fail'; reply: FailReply };

export interface ActionOptions {
  messageId: string;
  model: string;
  inputUsage: Required<Omit<UsageFields, 'output_tokens'>>;
  pace: Pace;
  /** Takes one occurrence of the fault at this position of the step; false if it has none left. */
  takeFault(index: number, times: number | undefined): boolean;
  createToolUseId(): string;
}

type ContentReply = SayReply | ThinkReply | UseToolReply;

/** The message being written. */
interface Draft {
  isStarted: boolean;
  blocks: number;
  outputTokens: number;
  stopReason: StopReason;
  refusal: RefusalDetails | undefined;
  chunksUntilBreak: number;
  /** The actions of the fault. */
  interruption: Extract<Action, { type: 'break' | 'fail' }>;
}

/** Converts replies to the actions of one message, lazily: nothing after a fault is evaluated. */
export function* toActions(replies: readonly Reply[], options: ActionOptions): Generator<Action> {
  const usage: UsageFields = Object.assign({}, options.inputUsage, ...replies.map(toUsageFields));
  const draft: Draft = {
    isStarted: false,
    blocks: 0,
    outputTokens: 0,
    stopReason: 'end_turn',
    refusal: undefined,
    chunksUntilBreak: Infinity,
    interruption: { type: 'break' },
  };
  for (const [index, reply] of withContent(replies).entries()) {
    switch (reply.kind) {
      case 'say':
      case 'think':
      case 'useTool':
        yield* start(draft, usage, options);
        yield* addBlock(draft, reply, options);
        if (draft.chunksUntilBreak === 0) return yield draft.interruption;
        break;
      case 'wait':
        yield { type: 'wait', ms: reply.ms };
        break;
      case 'stop':
        draft.stopReason = reply.reason;
        draft.refusal = reply.details;
        break;
      case 'usage':
        break;
      case 'fail':
        if (!options.takeFault(index, reply.times)) break;
        if (reply.afterChunks === undefined) return yield { type: 'fail', reply };
        yield* start(draft, usage, options);
        draft.chunksUntilBreak = reply.afterChunks;
        draft.interruption = { type: 'fail', reply };
        break;
      case 'hang':
        if (options.takeFault(index, reply.times)) yield { type: 'hang', until: reply.until };
        break;
      case 'breakStream':
        if (!options.takeFault(index, reply.times)) break;
        yield* start(draft, usage, options);
        if (reply.afterChunks === 0) return yield { type: 'break' };
        draft.chunksUntilBreak = reply.afterChunks;
        draft.interruption = { type: 'break' };
        break;
    }
  }
  if (draft.chunksUntilBreak !== Infinity) return yield draft.interruption;
  const counts = toCounts({ output_tokens: draft.outputTokens, ...usage });
  yield { type: 'send', event: toMessageDelta(draft, counts) };
  yield { type: 'send', event: { type: 'message_stop' } };
}

/** A message without content makes clients ask again, so a step that consists only of faults ends with a word. */
function withContent(replies: readonly Reply[]): readonly Reply[] {
  const hasContent = replies.some((reply) => ['say', 'think', 'useTool'].includes(reply.kind));
  return hasContent ? replies : [...replies, { kind: 'say', text: 'OK.' }];
}

function* start(draft: Draft, usage: UsageFields, options: ActionOptions): Generator<Action> {
  if (draft.isStarted) return;
  draft.isStarted = true;
  const { firstTokenDelayMs = 0 } = options.pace;
  if (firstTokenDelayMs > 0) yield { type: 'wait', ms: firstTokenDelayMs };
  const counts = toCounts({ ...usage, output_tokens: 1 });
  yield { type: 'send', event: toMessageStart(options.messageId, options.model, counts) };
  yield { type: 'send', event: { type: 'ping' } };
}

function* addBlock(draft: Draft, reply: ContentReply, options: ActionOptions): Generator<Action> {
  const index = draft.blocks++;
  switch (reply.kind) {
    case 'say':
      yield { type: 'send', event: toBlockStart(index, { type: 'text', text: '', citations: null }) };
      yield* stream(draft, reply.text, { ...options.pace, ...reply }, (text) =>
        toBlockDelta(index, { type: 'text_delta', text }),
      );
      break;
    case 'think':
      yield { type: 'send', event: toBlockStart(index, { type: 'thinking', thinking: '', signature: '' }) };
      yield* stream(draft, reply.text, { ...options.pace, ...reply }, (thinking) =>
        toBlockDelta(index, { type: 'thinking_delta', thinking }),
      );
      if (draft.chunksUntilBreak === 0) return;
      yield {
        type: 'send',
        event: toBlockDelta(index, { type: 'signature_delta', signature: toSignature(reply.text) }),
      };
      break;
    case 'useTool':
      draft.stopReason = 'tool_use';
      yield { type: 'send', event: toBlockStart(index, toToolUse(reply, options)) };
      yield* stream(draft, JSON.stringify(reply.input), { chunkSize: 48 }, (json) =>
        toBlockDelta(index, { type: 'input_json_delta', partial_json: json }),
      );
      break;
  }
  if (draft.chunksUntilBreak === 0) return;
  yield { type: 'send', event: { type: 'content_block_stop', index } };
}

function* stream(
  draft: Draft,
  text: string,
  pace: PaceOptions,
  toEvent: (chunk: string) => StreamEvent,
): Generator<Action> {
  const { tokensPerSecond = Infinity, chunkSize } = pace;
  for (const chunk of toChunks(text, chunkSize)) {
    if (Number.isFinite(tokensPerSecond)) yield { type: 'wait', ms: (chunk.length / 4 / tokensPerSecond) * 1000 };
    yield { type: 'send', event: toEvent(chunk) };
    draft.chunksUntilBreak--;
    if (draft.chunksUntilBreak === 0) return;
  }
  draft.outputTokens += toTokens(text);
}

function toToolUse(reply: UseToolReply, options: ActionOptions) {
  const id = reply.id ?? options.createToolUseId();
  return { type: 'tool_use', id, name: reply.name, input: {}, caller: { type: 'direct' } } as const;
}

function toUsageFields(reply: Reply): UsageFields {
  return reply.kind === 'usage' ? reply.usage : {};
}

function toCounts(fields: UsageFields): Required<UsageFields> {
  return {
    input_tokens: fields.input_tokens ?? 0,
    output_tokens: fields.output_tokens ?? 0,
    cache_creation_input_tokens: fields.cache_creation_input_tokens ?? 0,
    cache_read_input_tokens: fields.cache_read_input_tokens ?? 0,
  };
}

/** Replaces the API's signature, which a client returns without reading it. */
function toSignature(text: string): string {
  return Buffer.from(`scripted:${text.length}:${text.slice(0, 48)}`).toString('base64');
}
