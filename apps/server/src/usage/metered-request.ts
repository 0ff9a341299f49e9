import type { KeyOwner, ModelRequest, NewModelRequest } from '../store/usage.ts';
import type { MeteredCall } from './call-usage.ts';

/** A model call as the model gateway metered it. */
export interface MeteredRequest extends MeteredCall {
  id: string;
  /** The call of the agent that it is an attempt of. */
  callId?: string | undefined;
  /** Nulls while no session has claimed the process. */
  holder: { sessionId: string | null; ownerId: string | null; agentId?: string | undefined };
  /** Who made the call within its process. */
  cause: ModelRequest['cause'];
  /** The name of the upstream that got it. */
  upstream?: string;
  /** Whose key paid. */
  keyOwner?: KeyOwner | undefined;
  /** The plugin behind it, where one is known. */
  plugin?: string | undefined;
  /** What would have answered, had not a budget chosen a cheaper model. */
  requestedModel?: string | undefined;
  /** The answer ended before it was whole. */
  isCut?: boolean | undefined;
  statusCode: number | null;
  durationMs: number;
  /** The turn that it began in; absent where no session has claimed the process. */
  turn?: number | undefined;
}

/** The record of a call, as it is stored. */
export function toRow({
  id,
  holder,
  usage,
  cost,
  cause,
  upstream,
  keyOwner,
  plugin,
  requestedModel,
  isCut,
  statusCode,
  durationMs,
  turn,
}: MeteredRequest): NewModelRequest {
  return {
    id,
    sessionId: holder.sessionId,
    // A process without a claim has no user to charge: the platform bears the cost of its calls.
    ownerId: holder.ownerId ?? 'platform',
    agentId: holder.agentId ?? null,
    turn: turn ?? null,
    cause,
    upstream: upstream ?? null,
    keyOwner: keyOwner ?? null,
    plugin: plugin ?? null,
    requestedModel: requestedModel ?? null,
    model: usage.model ?? 'unknown',
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    cacheReadTokens: usage.cacheReadTokens,
    cacheWriteTokens: usage.cacheWriteTokens,
    cacheWrite1hTokens: usage.cacheWrite1hTokens,
    webSearches: usage.webSearches,
    costMicroUsd: cost.microUsd,
    priceVersion: cost.priceVersion,
    statusCode,
    isError: statusCode === null || statusCode >= 400,
    isCut: isCut === true,
    durationMs,
  };
}
