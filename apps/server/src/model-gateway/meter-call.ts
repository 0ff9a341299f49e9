import { createId } from '@claude-sdk-pattern/protocol';

import type { CallUsage, PriceCall } from '../usage/call-usage.ts';
import type { KeyOwner } from '../store/usage.ts';
import type { MeteredRequest } from '../usage/metered-request.ts';
import type { ModelCall } from './model-call.ts';
import type { UpstreamAnswer } from './receive-answer.ts';
import { readModel } from './upstreams/served-models.ts';
import { createUsageReader } from './usage-reader.ts';

export interface MeterDeps {
  priceCall: PriceCall;
  /** Called once for each call that was made of the upstream and costs tokens, after its last byte; must not throw. */
  onRequest(request: MeteredRequest): void;
  /** Called with the first bytes of an answer that is no error; must not throw. */
  onFirstByte?(upstream: string, ms: number): void;
  /** Called with what the call has used so far, in the same moment in which the agent learns of it; must not throw. */
  onUsage(request: MeteredRequest): void;
}

/** Counts one call of the upstream from its beginning to its last event or `end`, whichever comes first. */
export interface CallMeter {
  onHead(answer: Pick<UpstreamAnswer, 'statusCode' | 'headers'>): void;
  onChunk(chunk: Buffer): void;
  /** Tells the session and `onRequest`. Null is the status of a call without an answer. */
  end(statusCode: number | null): void;
  /** What was metered, once it has ended. */
  readonly request: MeteredRequest | undefined;
}

const FREE: CallMeter = { onHead: () => undefined, onChunk: () => undefined, end: () => undefined, request: undefined };

/** Begins to meter; a call that costs no tokens is counted nowhere. */
export function meterCall(
  { priceCall, onRequest, onUsage, onFirstByte }: MeterDeps,
  call: ModelCall,
  { upstream, keyOwner }: { upstream: string; keyOwner: KeyOwner | undefined },
): CallMeter {
  if (!call.request.endpoint.isMetered) return FREE;
  const { holder } = call;
  const id = createId('req');
  const startedAtMs = performance.now();
  const turn = holder.listener?.turn?.();
  const requestedModel = findReplaced(call);
  let reader = createUsageReader('');
  let answered: number | null = null;
  let statements = 0;
  let isEnded = false;
  let metered: MeteredRequest | undefined;
  let hasBegun = false;
  holder.listener?.onCallBegin();
  const toRequest = (usage: CallUsage, statusCode: number | null): MeteredRequest => ({
    ...{
      id,
      callId: call.id,
      holder,
      upstream,
      keyOwner,
      requestedModel,
      usage,
      turn,
      statusCode,
      cost: priceCall(usage, upstream),
      ...findCause(call),
    },
    durationMs: performance.now() - startedAtMs,
  });
  const end = (statusCode: number | null) => {
    if (isEnded) return;
    isEnded = true;
    const request = { ...toRequest(reader.end(), statusCode), isCut: hasBegun && !reader.isComplete };
    metered = request;
    holder.listener?.onCallEnd(request);
    onRequest(request);
  };
  return {
    onHead({ statusCode, headers }) {
      answered = statusCode;
      reader = createUsageReader(String(headers['content-type'] ?? ''));
    },
    onChunk(chunk) {
      if (!hasBegun) onFirstByte?.(upstream, performance.now() - startedAtMs);
      hasBegun = true;
      reader.push(chunk);
      // The agent reports the end of its turn without waiting for the end of the connection.
      if (reader.isComplete) end(answered);
      else if (!isEnded && reader.statements > statements) onUsage(toRequest(reader.usage, answered));
      ({ statements } = reader);
    },
    end,
    get request() {
      return metered;
    },
  };
}

/** A call is read for it only where its session may have another model. */
function findReplaced({ holder, body }: ModelCall): string | undefined {
  const find = holder.listener?.findReplacedModel;
  const model = find && readModel(body);
  return model === undefined ? undefined : find?.(model);
}

/** Claude Code names the subagent that makes a call in this header (2.1.332). */
function findCause({ holder, request }: ModelCall): Pick<MeteredRequest, 'cause' | 'plugin'> {
  const subagent = request.headers['x-claude-code-agent-id'];
  if (typeof subagent !== 'string') return { cause: 'agent' };
  return { cause: 'subagent', plugin: holder.listener?.findPluginOfSubagent?.(subagent) };
}
