import type { Exit } from '../hosts/exit.ts';

/** How the SDK (0.3.332) reports a missing or broken CLI. Its text is for programmers. */
const NO_PROGRAM = /pathToClaudeCodeExecutable|Claude Code native binary/;

/** Why a process ended or could not be started, as a sentence for people. The one place where it is made. */
export function describeExit({ cause, code, signal, stderrTail, error }: Exit): string {
  if (error !== undefined) return describeError(error);
  switch (cause) {
    case 'asked':
      return 'An operator ended it';
    case 'memory':
      return 'It used more memory than a session may';
    case 'host_lost':
      return 'The host that ran it cannot be reached any more';
    case 'died':
    case 'start_failed': {
      const said = stderrTail.trim();
      return describeEnd(code, signal) + (said === '' ? '' : ` (${said})`);
    }
  }
}

function describeEnd(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return `Claude Code process terminated by signal ${signal}`;
  return code === null || code === 0 ? 'The process ended' : `Claude Code process exited with code ${code}`;
}

function describeError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (!NO_PROGRAM.test(message)) return message;
  return 'The agent program is missing on the server, or does not run there. Ask an operator: npm run csp -- doctor says how to mend it';
}
