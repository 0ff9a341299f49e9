const SHORTAGES: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);

/**
 * Whether a file of `/proc` could not be read for want of descriptors or memory. Every other error tells of the process:
 * it has ended, or belongs to somebody else.
 */
export function isShortage(error: unknown): boolean {
  return error instanceof Error && 'code' in error && SHORTAGES.has(error.code);
}
