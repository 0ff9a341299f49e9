import type { RequestKey } from '../idempotency.ts';
import type { Store, StoreTransaction } from '../port.ts';

export type RunOnceOutcome<T> =
  /** Done now. */
  | { state: 'done'; response: T }
  /** Done before with the same content: the first answer, as JSON gave it back. */
  | { state: 'replayed'; response: T }
  /** The same id was used for another content. */
  | { state: 'conflict' };

/**
 * What the server does with a claim, as far as the store is concerned: a request at most once per (user, request id);
 * `work` and the memory of its answer commit together or not at
 * all. The answer must survive JSON. When `work` rejects, nothing is remembered and the error is thrown.
 */
export function runOnce<T>(
  store: Store,
  request: RequestKey & { contentHash: string },
  work: (transaction: StoreTransaction) => Promise<T>,
): Promise<RunOnceOutcome<T>> {
  return store.transaction(async (transaction) => {
    const claim = await transaction.idempotency.claim(request);
    if (claim.state === 'seen') {
      if (claim.request.contentHash !== request.contentHash) return { state: 'conflict' };
      return { state: 'replayed', response: claim.request.response as T };
    }
    const response = await work(transaction);
    await transaction.idempotency.complete(request, response);
    return { state: 'done', response };
  });
}
