import { createCostDifferences, type CostDifferences } from './cost-differences.ts';
import { toPlainText } from './json-column.ts';
import { prepare } from './prepared.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { UsageTable } from './schema.ts';
import { createUsageSums, type UsageSums } from './usage-sums.ts';
import type { TransactionOptions } from './transaction-options.ts';

export type KeyOwner = 'user' | 'agent' | 'platform' | 'server';

/** One request to a model, as the model gateway saw it. */
export interface ModelRequest {
  id: string;
  /** Null for a process that no session has claimed yet. */
  sessionId: string | null;
  ownerId: string;
  /** The agent of the session; null in rows of older servers, and where no session has claimed the process. */
  agentId: string | null;
  /** The session's turn, from 1, that the call began in. Null where no session has claimed the process. */
  turn: number | null;
  /** Who made it: the session's own agent, or one of its subagents. */
  cause: 'agent' | 'subagent';
  /** The name of the upstream that got it; null in rows of older servers. */
  upstream: string | null;
  /** Whose key paid: a secret of the user, the agent or the platform, or a variable of the server. Null where there was none. */
  keyOwner: KeyOwner | null;
  /** The plugin that brings the subagent that made it; null where no plugin does. */
  plugin: string | null;
  /** What would have answered, had not a budget chosen a cheaper model; null where it is `model`. */
  requestedModel: string | null;
  model: string;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  /** Those of `cacheWriteTokens` that are kept for an hour. */
  cacheWrite1hTokens: number;
  webSearches: number;
  /** In micro-dollars; null for a model without a known price. */
  costMicroUsd: number | null;
  /** The price table of the cost; null in rows of older servers. */
  priceVersion: string | null;
  /** HTTP status of the upstream; null when there was no answer. */
  statusCode: number | null;
  isError: boolean;
  /** The answer ended before it was whole. */
  isCut: boolean;
  durationMs: number;
  createdAt: string;
}

type Origin = 'upstream' | 'keyOwner' | 'plugin' | 'requestedModel' | 'isCut';
export type NewModelRequest = Omit<ModelRequest, 'createdAt' | Origin> & Partial<Pick<ModelRequest, Origin>>;

export interface UsageRepository extends UsageSums, CostDifferences {
  append(request: NewModelRequest): Promise<NewModelRequest & Pick<ModelRequest, 'createdAt'>>;
  /** In a few statements: stores all of them or, when it rejects, none. */
  appendAll(requests: readonly NewModelRequest[], options?: TransactionOptions): Promise<void>;
  /** Stores those that are not stored yet; for what a dead server has left. */
  appendMissing(requests: readonly NewModelRequest[]): Promise<void>;
  /** Forgets so many of those before this time, the oldest first, that budgets have counted. Resolves with how many. */
  purgeBefore(time: string, limit: number): Promise<number>;
}

/** 25 parameters each. */
const ROWS_PER_INSERT = 500;

/** Most turns make one. */
const insertRequest = prepare<UsageTable, unknown>((db, value) =>
  db.insertInto('model_requests').values({
    id: value('id'),
    session_id: value('session_id'),
    owner_id: value('owner_id'),
    agent_id: value('agent_id'),
    turn: value('turn'),
    cause: value('cause'),
    upstream: value('upstream'),
    key_owner: value('key_owner'),
    plugin: value('plugin'),
    requested_model: value('requested_model'),
    model: value('model'),
    input_tokens: value('input_tokens'),
    output_tokens: value('output_tokens'),
    cache_read_tokens: value('cache_read_tokens'),
    cache_write_tokens: value('cache_write_tokens'),
    cache_write_1h_tokens: value('cache_write_1h_tokens'),
    web_searches: value('web_searches'),
    cost_micro_usd: value('cost_micro_usd'),
    price_version: value('price_version'),
    status_code: value('status_code'),
    is_error: value('is_error'),
    is_cut: value('is_cut'),
    duration_ms: value('duration_ms'),
    created_at: value('created_at'),
    counted: value('counted'),
  }),
);

export function createUsageRepository(context: RepositoryContext): UsageRepository {
  const { kind, db, now, atomically } = context;
  return {
    ...createUsageSums(context),
    ...createCostDifferences(context),

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
        for (const rows of toBatches(requests, createdAt))
          await trx.insertInto('model_requests').values(rows).execute();
      }, options);
    },

    async purgeBefore(time, limit) {
      const counted = db.selectFrom('model_requests').select('id').where('counted', '=', 1);
      const old = counted.where('created_at', '<', time).orderBy('created_at').limit(limit);
      const { numDeletedRows } = await db.deleteFrom('model_requests').where('id', 'in', old).executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    },

    async appendMissing(requests) {
      for (const rows of toBatches(requests, now())) {
        await db
          .insertInto('model_requests')
          .values(rows)
          .onConflict((conflict) => conflict.column('id').doNothing())
          .execute();
      }
    },
  };
}

/** The rows of one statement each. */
function* toBatches(requests: readonly NewModelRequest[], createdAt: string) {
  for (let start = 0; start < requests.length; start += ROWS_PER_INSERT) {
    yield requests.slice(start, start + ROWS_PER_INSERT).map((request) => toRow(request, createdAt));
  }
}

function toRow(request: NewModelRequest, createdAt: string) {
  return {
    id: request.id,
    session_id: request.sessionId,
    owner_id: request.ownerId,
    agent_id: request.agentId,
    turn: request.turn,
    cause: request.cause,
    upstream: request.upstream ?? null,
    key_owner: request.keyOwner ?? null,
    plugin: request.plugin ?? null,
    requested_model: request.requestedModel == null ? null : toPlainText(request.requestedModel),
    model: toPlainText(request.model),
    input_tokens: request.inputTokens,
    output_tokens: request.outputTokens,
    cache_read_tokens: request.cacheReadTokens,
    cache_write_tokens: request.cacheWriteTokens,
    cache_write_1h_tokens: request.cacheWrite1hTokens,
    web_searches: request.webSearches,
    cost_micro_usd: request.costMicroUsd,
    price_version: request.priceVersion,
    status_code: request.statusCode,
    is_error: request.isError ? 1 : 0,
    is_cut: request.isCut === true ? 1 : 0,
    duration_ms: Math.round(request.durationMs),
    created_at: createdAt,
    counted: 0,
  };
}
