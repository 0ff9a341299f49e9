/** The logger that identity needs; pino's fits. */
export type IdentityLogger = Record<'debug' | 'info' | 'warn' | 'error', (fields: object, message: string) => void>;
