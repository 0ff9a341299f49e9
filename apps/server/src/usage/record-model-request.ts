import type { Store } from '../store/port.ts';
import type { Logger } from '../telemetry/logger.ts';

/** A model call as the model gateway metered it. */
export interface MeteredModelRequest {
  id: string;
  holder: { sessionId: string | null; ownerId: string | null };
  usage: {
    model: string | undefined;
    inputTokens: number;
    outputTokens: number;
    cacheReadTokens: number;
    cacheWriteTokens: number;
  };
  statusCode: number | null;
  durationMs: number;
}

/** Writes the usage record in the background: metering never slows a stream, and its failure is logged, not hidden. */
export function recordModelRequest(
  deps: { store: Pick<Store, 'usage'>; logger: Logger },
  request: MeteredModelRequest,
): void {
  const { usage, holder } = request;
  deps.store.usage
    .append({
      id: request.id,
      sessionId: holder.sessionId,
      // Before a claim nobody is asked for; a process that calls all the same is the platform's own cost.
      ownerId: holder.ownerId ?? 'platform',
      model: usage.model ?? 'unknown',
      inputTokens: usage.inputTokens,
      outputTokens: usage.outputTokens,
      cacheReadTokens: usage.cacheReadTokens,
      cacheWriteTokens: usage.cacheWriteTokens,
      costUsd: null,
      statusCode: request.statusCode,
      isError: request.statusCode === null || request.statusCode >= 400,
      durationMs: request.durationMs,
    })
    .catch((error: unknown) =>
      deps.logger.error({ err: error, session_id: holder.sessionId }, 'a usage record was not stored'),
    );
}
