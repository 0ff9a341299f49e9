import { createId, CspError } from '@claude-sdk-pattern/protocol';

import type { AuditRecorder } from '../audit/audit-log.ts';
import type { Fact, FactActor } from '../audit/fact.ts';
import { createRefresher, type Refresher } from '../lib/refresher.ts';
import type { Budget, NewBudget } from '../store/budgets.ts';
import type { Store, StoreTransaction } from '../store/port.ts';
import type { Logger } from '../telemetry/logger.ts';

export interface BudgetBookDeps {
  store: Pick<Store, 'kind' | 'budgets' | 'transaction'>;
  audit: Pick<AuditRecorder, 'record'>;
  now(): number;
  logger: Pick<Logger, 'error'>;
}

/** Whose calls a budget limits. */
export interface Spender {
  /** Null for a process that no session has claimed. */
  ownerId: string | null;
  agentId?: string | undefined;
  /** Of a session that has a budget of its own. */
  ownBudgetId?: string | undefined;
}

/** Another server may have changed a budget. It has to act within 2 s. */
const REFRESH_MS = 1000;

/** The budgets of the platform, its users and agents as the store has them, read again when another server has changed one. */
export class BudgetBook {
  readonly #deps: BudgetBookDeps;
  readonly #listeners = new Set<() => void>();
  #all: readonly Budget[] = [];
  #byTarget: ReadonlyMap<string, readonly string[]> = new Map();
  #withFallback: ReadonlySet<string> = new Set();
  #revision = '';
  readonly #refresher: Refresher;

  constructor(deps: BudgetBookDeps) {
    this.#deps = deps;
    this.#refresher = createRefresher({
      everyMs: REFRESH_MS,
      read: () => this.#readChanged(),
      onUnreadable: (error) =>
        deps.logger.error({ err: error }, 'budgets could not be read; the last ones stay in force'),
    });
  }

  /** Rejects where they cannot be read: no call is made without them. */
  async start(): Promise<void> {
    await this.#read();
    // No other server has a SQLite file.
    if (this.#deps.store.kind === 'sqlite') return;
    this.#refresher.start();
  }

  close(): void {
    this.#refresher.close();
  }

  get all(): readonly Budget[] {
    return this.#all;
  }

  /** The ids of those that limit the calls of somebody. */
  findIds({ ownerId, agentId, ownBudgetId }: Spender): readonly string[] {
    const own = ownBudgetId === undefined ? [] : [ownBudgetId];
    if (this.#all.length === 0) return own;
    return [
      ...own,
      ...(this.#byTarget.get(toKey('platform', '')) ?? []),
      ...(ownerId === null ? [] : (this.#byTarget.get(toKey('user', ownerId)) ?? [])),
      ...(agentId === undefined ? [] : (this.#byTarget.get(toKey('agent', agentId)) ?? [])),
    ];
  }

  /** The ids of those that may ask for a cheaper model for somebody's calls. */
  findFallbackIds(spender: Spender): readonly string[] {
    if (this.#withFallback.size === 0) return [];
    return this.findIds(spender).filter((id) => this.#withFallback.has(id));
  }

  /** The ids of those of whose spending something was counted. */
  findIdsOf(whose: readonly { scope: Budget['scope']; targetId: string }[]): string[] {
    return whose.flatMap(({ scope, targetId }) => this.#byTarget.get(toKey(scope, targetId)) ?? []);
  }

  /** Told when a budget was made, changed or deleted, here or elsewhere. Returns the unsubscriber. */
  onChanged(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async create(by: FactActor, budget: Omit<NewBudget, 'id'>): Promise<Budget> {
    const id = createId('bdgt', this.#deps.now());
    return this.#write(by, 'budget.create', ({ budgets }) => budgets.create({ ...budget, id }));
  }

  /**
   * @param change with the `version` that it changes; without one, whatever there is
   * @throws CspError `not_found`; `state_conflict` where it has another version by now
   */
  async change(
    by: FactActor,
    id: string,
    { version, ...change }: Partial<Pick<Budget, 'version' | 'limitMicroUsd' | 'warnAt' | 'fallback'>>,
  ): Promise<Budget> {
    return this.#write(by, 'budget.update', async ({ budgets }) => {
      const before = await this.#get(budgets, id);
      const changed = await budgets.change({ ...change, id, version: version ?? before.version });
      if (changed !== undefined) return changed;
      throw new CspError(
        'state_conflict',
        `Budget ${id} is no longer at version ${version}. Get it, and change that one`,
      );
    });
  }

  /** @throws CspError `not_found` */
  async delete(by: FactActor, id: string): Promise<void> {
    await this.#write(by, 'budget.delete', async ({ budgets }) => {
      const before = await this.#get(budgets, id);
      await budgets.delete(id);
      return before;
    });
  }

  async #get(budgets: Store['budgets'], id: string): Promise<Budget> {
    const budget = await budgets.find(id);
    // That of a session is changed with the session.
    if (budget === undefined || budget.scope === 'session') throw new CspError('not_found', `There is no budget ${id}`);
    return budget;
  }

  async #write(
    by: FactActor,
    action: Fact['action'],
    work: (transaction: StoreTransaction) => Promise<Budget>,
  ): Promise<Budget> {
    const budget = await this.#deps.store.transaction(async (transaction) => {
      const written = await work(transaction);
      const { id, scope, targetId, period, limitMicroUsd, warnAt, fallback } = written;
      const details = {
        scope,
        target_id: targetId,
        period,
        limit_micro_usd: limitMicroUsd,
        warn_at: warnAt,
        ...toFallbackDetails(fallback),
      };
      const target = { type: 'budget', id } as const;
      await this.#deps.audit.record({ actor: by, action, target, details }, transaction);
      return written;
    });
    await this.#read();
    return budget;
  }

  async #readChanged(): Promise<void> {
    if ((await this.#deps.store.budgets.readRevision()) !== this.#revision) await this.#read();
  }

  async #read(): Promise<void> {
    const { budgets } = this.#deps.store;
    // First: what changes between the two is read again.
    const revision = await budgets.readRevision();
    const all = await budgets.list();
    this.#revision = revision;
    this.#all = all;
    const byTarget = Map.groupBy(all, ({ scope, targetId }) => toKey(scope, targetId));
    this.#byTarget = new Map([...byTarget].map(([key, some]) => [key, some.map(({ id }) => id)]));
    this.#withFallback = new Set(all.flatMap(({ id, fallback }) => (fallback === null ? [] : [id])));
    for (const listener of this.#listeners) listener();
  }
}

const toFallbackDetails = (fallback: Budget['fallback']) =>
  fallback && { fallback_at: fallback.at, fallback_model: fallback.model };

const toKey = (scope: Budget['scope'], targetId: string) => `${scope} ${targetId}`;
