/** The message of whatever was thrown. */
export function toReason(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
