import type { DatabaseConnection } from 'kysely';

import { StoreError } from './store-error.ts';

/** Says what a driver's error means, or undefined for one that is not the driver's. */
export type ErrorTranslator = (error: unknown) => StoreError | undefined;

/** Makes a connection reject with store errors, and refuse what one back end can store and the other cannot. Kysely wraps connections in place as well, for its logging. */
export function translateErrors(connection: DatabaseConnection, translate: ErrorTranslator): void {
  const executeQuery = connection.executeQuery.bind(connection);
  connection.executeQuery = async (query, options) => {
    if (query.parameters.some(holdsNul)) {
      throw new StoreError(
        'invalid_value',
        'An id or a filter holds U+0000, which no plain text in the database does.',
      );
    }
    try {
      return await executeQuery(query, options);
    } catch (error) {
      throw translate(error) ?? error;
    }
  };
}

/** PostgreSQL has no such text; SQLite would compare it, and answer the same question differently. */
function holdsNul(parameter: unknown): boolean {
  return typeof parameter === 'string' && parameter.includes('\u0000');
}
