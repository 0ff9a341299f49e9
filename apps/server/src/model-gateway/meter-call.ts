import { createId } from '@claude-sdk-pattern/protocol';

import type { PriceCall } from '../usage/call-usage.ts';
import type { MeteredRequest } from '../usage/usage-recorder.ts';
import type { ModelCall } from './model-call.ts';
import type { UpstreamAnswer } from './receive-answer.ts';
import { createUsageReader } from './usage-reader.ts';

export interface MeterDeps {
  priceCall: PriceCall;
  /** Called once for each call that was made of the upstream and costs tokens, after its last byte; must not throw. */
  onRequest(request: MeteredRequest): void;
}

/** Counts one call of the upstream from its beginning to its last event or `end`, whichever comes first. */
export interface CallMeter {
  onHead(answer: Pick<UpstreamAnswer, 'statusCode' | 'headers'>): void;
  onChunk(chunk: Buffer): void;
  /** Tells the session and `onRequest`. Null is the status of a call without an answer. */
  end(statusCode: number | null): void;
}

const FREE: CallMeter = { onHead: () => undefined, onChunk: () => undefined, end: () => undefined };

/** Begins to meter; a call that costs no tokens is counted nowhere. */
export function meterCall({ priceCall, onRequest }: MeterDeps, call: ModelCall): CallMeter {
  if (!call.request.endpoint.isMetered) return FREE;
  const { holder } = call;
  const startedAtMs = performance.now();
  let reader = createUsageReader('');
  const turn = holder.listener?.turn?.();
  let answered: number | null = null;
  let isEnded = false;
  holder.listener?.onCallBegin();
  const end = (statusCode: number | null) => {
    if (isEnded) return;
    isEnded = true;
    const usage = reader.end();
    const cost = priceCall(usage);
    const durationMs = performance.now() - startedAtMs;
    holder.listener?.onCallEnd({ usage, cost });
    onRequest({ id: createId('req'), holder, usage, cost, cause: findCause(call), statusCode, durationMs, turn });
  };
  return {
    onHead({ statusCode, headers }) {
      answered = statusCode;
      reader = createUsageReader(String(headers['content-type'] ?? ''));
    },
    onChunk(chunk) {
      reader.push(chunk);
      // Before the agent knows: it reports the end of its turn without waiting for the end of the connection.
      if (reader.isComplete) end(answered);
    },
    end,
  };
}

/** Claude Code names the subagent that makes a call in this header (2.1.332). */
function findCause({ request }: ModelCall): MeteredRequest['cause'] {
  return request.headers['x-claude-code-agent-id'] === undefined ? 'agent' : 'subagent';
}
