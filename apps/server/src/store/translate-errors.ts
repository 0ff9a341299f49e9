import type { DatabaseConnection } from 'kysely';

import { StoreError, type StoreErrorCode } from './store-error.ts';

/** Says what a driver's error means, or undefined for one that is not the driver's. */
export type ErrorTranslator = (error: unknown) => StoreError | undefined;

/** What is wrong with the database itself, and not with what it was asked. */
const FAULTS: ReadonlySet<StoreErrorCode> = new Set([
  ...(['disk_full', 'busy', 'unavailable', 'cannot_open', 'corrupt', 'failed'] as const),
]);

/** The same translator, which tells of errors that are faults of the database. */
export function hearFaults(
  translate: ErrorTranslator,
  onFault: ((code: StoreErrorCode) => void) | undefined,
): ErrorTranslator {
  return (error) => {
    const known = translate(error);
    if (known !== undefined && FAULTS.has(known.code)) onFault?.(known.code);
    return known;
  };
}

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
