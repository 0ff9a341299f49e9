import type { ProcessRestartCause } from '@claude-sdk-pattern/protocol';

import { describeExit } from '../agent-process/describe-exit.ts';
import type { Exit, ExitCause } from '../hosts/exit.ts';

/** The cause in `session.process_restarting`: a sentence for people, a word for programs. */
export interface Restart {
  reason: string;
  cause: ProcessRestartCause;
}

/** The end of that process was not observed, because its server had died. */
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
