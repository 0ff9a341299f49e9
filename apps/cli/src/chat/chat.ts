import type { CliContext } from '../run-cli.ts';

/** `csp chat`: talks to an agent in the terminal. Resolves with the exit code. */
export function chat(_args: readonly string[], { printError }: CliContext): Promise<number> {
  printError('csp chat is being built.');
  return Promise.resolve(1);
}
