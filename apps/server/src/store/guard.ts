import { AsyncLocalStorage } from 'node:async_hooks';

import type { KyselyPlugin } from 'kysely';

import { StoreError } from './store-error.ts';

/** Refuses uses of the store that could only hang or mislead: after its close, and beside its own transaction. */
export interface Guard {
  /** Throws `unavailable` after `close`, and `misuse` inside a transaction. */
  check(): void;
  /** Runs the work of a transaction; whatever it calls must use the transaction instead of the store. */
  runInside<T>(work: () => Promise<T>): Promise<T>;
  close(): void;
  /** Applies `check` to every statement on the store itself. */
  plugin: KyselyPlugin;
}

/**
 * Inside a transaction the store itself would wait for ever for SQLite's only connection, which the transaction uses;
 * with PostgreSQL it would read and write outside of the transaction. Both become an error here.
 */
export function createGuard(): Guard {
  const scope = new AsyncLocalStorage<{ open: boolean }>();
  let closed = false;

  const check = (): void => {
    if (closed) throw new StoreError('unavailable', 'The store is closed.');
    if (!scope.getStore()?.open) return;
    throw new StoreError('misuse', 'The store was used inside a transaction. Use what the transaction hands over.');
  };

  return {
    check,
    async runInside(work) {
      const inside = { open: true };
      try {
        return await scope.run(inside, work);
      } finally {
        inside.open = false;
      }
    },
    close: () => {
      closed = true;
    },
    plugin: {
      transformQuery: ({ node }) => {
        check();
        return node;
      },
      transformResult: ({ result }) => Promise.resolve(result),
    },
  };
}
