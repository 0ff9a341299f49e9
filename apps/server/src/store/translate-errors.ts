import type { DatabaseConnection } from 'kysely';

import type { StoreError } from './store-error.ts';

/** Says what a driver's error means, or undefined for one that is not the driver's. */
export type ErrorTranslator = (error: unknown) => StoreError | undefined;

/** Makes a connection reject with store errors. Kysely wraps connections in place as well, for its logging. */
export function translateErrors(connection: DatabaseConnection, translate: ErrorTranslator): void {
  const executeQuery = connection.executeQuery.bind(connection);
  connection.executeQuery = async (query, options) => {
    try {
      return await executeQuery(query, options);
    } catch (error) {
      throw translate(error) ?? error;
    }
  };
}
