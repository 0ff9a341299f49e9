import type { BudgetFall } from '../budgets/find-fallback.ts';
import type { Spender } from '../budgets/budget-book.ts';
import type { Budgets } from '../budgets/open-budgets.ts';

export interface FallbackModelDeps {
  budgets: Pick<Budgets, 'findFall'>;
  spender(): Spender;
  /** What the session would work with; undefined for the default of the CLI. */
  ownModel(): string | undefined;
  /** How many tokens the last call of the session's agent had in its prompt. */
  readContextTokens(): Promise<number>;
  setModel(model: string | undefined): void;
  tell(text: string): Promise<void>;
}

/** The cheaper model that a session works with while a budget asks for it. */
export interface FallbackModel {
  /** Undefined while the session works with its own. */
  readonly model: string | undefined;
  /** Asks the budgets, changes the model of the process and tells people. The database is asked only where some budget may ask for it. */
  check(): Promise<void> | undefined;
  /** What would have answered a call that this model answers; undefined for other calls. */
  findReplaced(model: string): string | undefined;
}

/** Of the context: the next message and the answer need room as well. */
const USED_CONTEXT = 0.8;
const NAMELESS = 'default';

/**
 * The CLI itself changes the model, as where a person chooses another one: so thinking, effort, betas and the size of the context
 * are those of the new model, in the next call already.
 */
export function createFallbackModel(deps: FallbackModelDeps): FallbackModel {
  let current: BudgetFall | undefined;

  const fits = async ({ contextTokens }: BudgetFall) =>
    (await deps.readContextTokens()) <= contextTokens * USED_CONTEXT;

  const follow = async (found: BudgetFall | undefined) => {
    const isCheaper = found !== undefined && found.model !== deps.ownModel() && (await fits(found));
    const next = isCheaper ? found : undefined;
    const before = current;
    current = next;
    if (before?.model === next?.model) return;
    deps.setModel(next?.model ?? deps.ownModel());
    await deps.tell(
      next?.sentence ?? `The budget has room again. This session goes on with ${deps.ownModel() ?? 'its own model'}`,
    );
  };

  return {
    get model() {
      return current?.model;
    },
    check() {
      const found = deps.budgets.findFall(deps.spender());
      // Nothing to ask, and nothing to take back.
      if (found === undefined && current === undefined) return undefined;
      return Promise.resolve(found).then(follow);
    },
    findReplaced: (model) =>
      current !== undefined && model.startsWith(current.model) ? (deps.ownModel() ?? NAMELESS) : undefined,
  };
}
