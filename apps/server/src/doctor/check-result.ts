/** `warning` is worth knowing, `failed` keeps the server from working. */
export type CheckStatus = 'ok' | 'warning' | 'failed';

export interface CheckResult {
  name: string;
  status: CheckStatus;
  /** What was found, in one line. */
  detail: string;
  /** What to do about it; there whenever the status is not `ok`. */
  remedy?: string;
}

/** Makes the result of a check that found everything in order. */
export function toOk(name: string, detail: string): CheckResult {
  return { name, status: 'ok', detail };
}

/** Makes the result of a check that found something to put right. */
export function toProblem(
  name: string,
  status: 'warning' | 'failed',
  problem: { detail: string; remedy: string },
): CheckResult {
  return { name, status, ...problem };
}
