import { createId } from '@claude-sdk-pattern/protocol';

import type { MeteredRequest } from '../usage/usage-recorder.ts';
import type { ModelCall } from './model-call.ts';
import type { UpstreamAnswer } from './receive-answer.ts';
import { createUsageReader } from './usage-reader.ts';

export interface MeterDeps {
  /** Called once for each call that was made of the upstream and costs tokens, after its last byte; must not throw. */
  onRequest(request: MeteredRequest): void;
}

/** Counts one call of the upstream from its beginning to `end`, which is called once. */
export interface CallMeter {
  onHead(answer: Pick<UpstreamAnswer, 'headers'>): void;
  onChunk(chunk: Buffer): void;
  /** Tells the session and `onRequest`. Null is the status of a call without an answer. */
  end(statusCode: number | null): void;
}

const FREE: CallMeter = { onHead: () => undefined, onChunk: () => undefined, end: () => undefined };

/** Begins to meter; a call that costs no tokens is counted nowhere. */
export function meterCall({ onRequest }: MeterDeps, call: ModelCall): CallMeter {
  if (!call.request.endpoint.isMetered) return FREE;
  const { holder } = call;
  const startedAtMs = performance.now();
  let reader = createUsageReader('');
  const turn = holder.listener?.turn?.();
  holder.listener?.onCallBegin();
  return {
    onHead({ headers }) {
      reader = createUsageReader(String(headers['content-type'] ?? ''));
    },
    onChunk: (chunk) => reader.push(chunk),
    end(statusCode) {
      const usage = reader.end();
      holder.listener?.onCallEnd(usage);
      const durationMs = performance.now() - startedAtMs;
      onRequest({ id: createId('req'), holder, usage, statusCode, durationMs, turn });
    },
  };
}
