/** What the SDK (0.3.332) says where the CLI is missing or does not run: it speaks to whoever writes the program. */
const NO_PROGRAM = /pathToClaudeCodeExecutable|Claude Code native binary/;

/** Why a process did not start or has ended, for people. */
export function toReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (!NO_PROGRAM.test(message)) return message;
  return 'The agent program is missing on the server, or does not run there. Ask an operator: npm run csp -- doctor says how to mend it';
}
