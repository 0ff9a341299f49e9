const SHORTAGES: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);

/**
 * Whether a file of `/proc` could not be read because descriptors or memory are short. Any other error means that the
 * process has ended or belongs to another user.
 */
export function isShortage(error: unknown): boolean {
  return error instanceof Error && 'code' in error && SHORTAGES.has(error.code);
}
