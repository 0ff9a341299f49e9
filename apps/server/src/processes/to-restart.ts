import type { ProcessRestartCause } from '@claude-sdk-pattern/protocol';

import { describeExit } from '../agent-process/describe-exit.ts';
import type { Exit, ExitCause } from '../hosts/exit.ts';

/** What `session.process_restarting` says of why: a sentence for people, a word for programs. */
export interface Restart {
  reason: string;
  cause: ProcessRestartCause;
}

/** Nobody has seen that process end: its server was gone. */
export const SERVER_RESTARTED: Restart = { cause: 'server_restarted', reason: 'The server was restarted' };

const CAUSES: Readonly<Record<ExitCause, ProcessRestartCause>> = {
  asked: 'requested',
  memory: 'memory',
  died: 'died',
  start_failed: 'died',
  host_lost: 'died',
};

export function toRestart(exit: Exit): Restart {
  return { cause: CAUSES[exit.cause], reason: describeExit(exit) };
}
