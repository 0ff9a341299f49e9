import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';

import type { UptimeClock } from '../lib/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import { endMarkedProcesses } from './end-marked-processes.ts';
import type { Host } from './host.ts';
import { createLaunchGuard } from './launch-guard.ts';
import type { Launcher } from './launcher.ts';
import { createLocalProcess, type LocalProcess } from './local-process.ts';
import { createProcReader, type ProcReader } from './proc/proc-reader.ts';
import { createTreeSampler, type RunningProcess, type TreeSamplerDeps } from './proc/sample-trees.ts';
import { PROCESS_MARKER } from './process-marker.ts';
import { createTerminalInput } from './terminal/terminal-frames.ts';
import { findTerminalProblem, toTerminalRequest } from './terminal/terminal-program.ts';
import type { TerminationTimes } from './terminate.ts';

export interface LocalHostDeps {
  /** Id of this server within the deployment, which owns the processes; stays the same over restarts. */
  nodeId: string;
  clock: UptimeClock;
  logger: Logger;
  times?: TerminationTimes;
  proc?: ProcReader;
  readTmpfs?: TreeSamplerDeps['readTmpfs'];
}

/**
 * Runs processes as children of the server. Each leads a process group, which a guard outside of the server ends when
 * the server is killed, and has a marker, by which children that left the group are found.
 */
export function createLocalHost(launcher: Launcher, deps: LocalHostDeps): Host {
  const { nodeId, clock, logger, times } = deps;
  const running = new Map<string, RunningProcess & { process: LocalProcess }>();
  const guard = createLaunchGuard();
  const sampler = createTreeSampler({ proc: createProcReader(), ...deps, running });

  return {
    name: launcher.name,
    confines: launcher.confines,
    agentUser: launcher.agentUser,
    get terminalProblem() {
      return findTerminalProblem();
    },
    start({ label, serves, onStderr, mask, terminal, ...asked }) {
      const id = randomUUID();
      const marker = `${nodeId}/${label}`;
      const request = terminal === undefined ? asked : toTerminalRequest(asked, terminal);
      const child = launcher.launch({ ...request, env: { ...request.env, [PROCESS_MARKER]: marker } });
      assertPiped(child);
      const input = terminal && createTerminalInput(child.stdin);
      const process = createLocalProcess(child, {
        ...{ id, marker, clock, logger, times, onStderr, mask, input },
        endsTogether: launcher.confines,
      });
      const { pid } = child;
      if (pid !== undefined) {
        const { maxRssBytes = Infinity } = request;
        running.set(id, { pid, label, serves, maxRssBytes, process, endForMemory: () => process.killForMemory() });
        guard.add(pid);
        child.once('exit', () => {
          running.delete(id);
          guard.remove(pid);
        });
      }
      return process;
    },
    sample: (options) => sampler.sample(options),
    endLeft: () => endMarkedProcesses(`${nodeId}/`),
    async close() {
      await Promise.all([...running.values()].map(({ process }) => process.end()));
      await sampler.close();
      await guard.close();
    },
  };
}

/** When descriptors are short, Node creates a process without streams, and emits the error later. */
function assertPiped(child: ChildProcess): void {
  // Undefined then, unlike what its type says (Node 24).
  if (child.stdin ?? undefined) return;
  child.on('error', () => undefined);
  throw new Error('No process can be started: the server has too few file descriptors (ulimit -n)');
}
