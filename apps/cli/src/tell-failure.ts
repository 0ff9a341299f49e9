import type { CliContext } from './cli-context.ts';

/** Prints why a command failed. Returns its exit code. */
export function tellFailure({ printError }: Pick<CliContext, 'printError'>, error: unknown): number {
  printError(error instanceof Error ? error.message : String(error));
  return 1;
}
