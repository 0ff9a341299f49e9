import { toPlainText } from './json-column.ts';
import { prepare } from './prepared.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { UsageTable } from './schema.ts';
import type { TransactionOptions } from './transaction-options.ts';

/** One request to a model, as the model gateway saw it. */
export interface ModelRequest {
  id: string;
  /** Null for a process that no session has claimed yet. */
  sessionId: string | null;
  ownerId: string;
  /** The session's turn, from 1, that the call began in. Null where no session has claimed the process. */
  turn: number | null;
  model: string;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  /** In US dollars; null for a model without a known price. */
  costUsd: number | null;
  /** HTTP status of the upstream; null when there was no answer. */
  statusCode: number | null;
  isError: boolean;
  durationMs: number;
  createdAt: string;
}

export type NewModelRequest = Omit<ModelRequest, 'createdAt'>;

/** A sum over model requests. */
export interface UsedTokens {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  /** In US dollars, without the requests whose price is unknown. */
  costUsd: number;
}

export interface UsageRepository {
  append(request: NewModelRequest): Promise<ModelRequest>;
  /** In a few statements: stores all of them or, when it rejects, none. */
  appendAll(requests: readonly NewModelRequest[], options?: TransactionOptions): Promise<void>;
  /** What the requests of one turn of a session have used. */
  sumOfTurn(sessionId: string, turn: number): Promise<UsedTokens>;
}

/** Fourteen parameters each. */
const ROWS_PER_INSERT = 500;

/** Most turns make one. */
const insertRequest = prepare<UsageTable, unknown>((db, value) =>
  db.insertInto('model_requests').values({
    id: value('id'),
    session_id: value('session_id'),
    owner_id: value('owner_id'),
    turn: value('turn'),
    model: value('model'),
    input_tokens: value('input_tokens'),
    output_tokens: value('output_tokens'),
    cache_read_tokens: value('cache_read_tokens'),
    cache_write_tokens: value('cache_write_tokens'),
    cost_usd: value('cost_usd'),
    status_code: value('status_code'),
    is_error: value('is_error'),
    duration_ms: value('duration_ms'),
    created_at: value('created_at'),
  }),
);

export function createUsageRepository({ kind, db, now, atomically }: RepositoryContext): UsageRepository {
  return {
    async append(request) {
      const createdAt = now();
      const row = toRow(request, createdAt);
      await db.insertInto('model_requests').values(row).execute();
      return { ...request, model: row.model, createdAt };
    },

    async appendAll(requests, options) {
      const createdAt = now();
      await atomically(async (trx) => {
        const [only] = requests;
        if (only !== undefined && requests.length === 1) {
          await insertRequest({ kind, db: trx }, toRow(only, createdAt));
          return;
        }
        for (let start = 0; start < requests.length; start += ROWS_PER_INSERT) {
          const rows = requests.slice(start, start + ROWS_PER_INSERT).map((request) => toRow(request, createdAt));
          await trx.insertInto('model_requests').values(rows).execute();
        }
      }, options);
    },

    async sumOfTurn(sessionId, turn) {
      const sums = await db
        .selectFrom('model_requests')
        .select(({ fn }) => [
          fn.sum('input_tokens').as('inputTokens'),
          fn.sum('output_tokens').as('outputTokens'),
          fn.sum('cache_read_tokens').as('cacheReadTokens'),
          fn.sum('cache_write_tokens').as('cacheWriteTokens'),
          fn.sum('cost_usd').as('costUsd'),
        ])
        .where('session_id', '=', sessionId)
        .where('turn', '=', turn)
        .executeTakeFirstOrThrow();
      const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, costUsd } = sums;
      return {
        inputTokens: Number(inputTokens),
        outputTokens: Number(outputTokens),
        cacheReadTokens: Number(cacheReadTokens),
        cacheWriteTokens: Number(cacheWriteTokens),
        costUsd: Number(costUsd),
      };
    },
  };
}

function toRow(request: NewModelRequest, createdAt: string) {
  return {
    id: request.id,
    session_id: request.sessionId,
    owner_id: request.ownerId,
    turn: request.turn,
    model: toPlainText(request.model),
    input_tokens: request.inputTokens,
    output_tokens: request.outputTokens,
    cache_read_tokens: request.cacheReadTokens,
    cache_write_tokens: request.cacheWriteTokens,
    cost_usd: request.costUsd,
    status_code: request.statusCode,
    is_error: request.isError ? 1 : 0,
    duration_ms: Math.round(request.durationMs),
    created_at: createdAt,
  };
}
