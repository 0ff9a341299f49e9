/** What identity needs of a logger; pino's fits. */
export type IdentityLogger = Record<'debug' | 'info' | 'warn' | 'error', (fields: object, message: string) => void>;
