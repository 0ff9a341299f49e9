import type { Logger } from '../../telemetry/logger.ts';
import type { UnownedGroup } from './build-trees.ts';
import type { MarkedProcess } from './marked-processes.ts';
import type { ProcReader } from './proc-reader.ts';

export interface OrphanAudit {
  /** Ends what was already there, and without an owner, at the sweep before. Answers how many processes were ended. */
  check(unowned: readonly UnownedGroup[]): number;
}

/** Ends processes of this server that nobody owns, after two sweeps in a row have seen them. */
export function createOrphanAudit(deps: { proc: ProcReader; logger: Logger }): OrphanAudit {
  let suspects = new Set<string>();

  const end = (process_: MarkedProcess): boolean => {
    // The pid may belong to another process by now.
    if (deps.proc.readStat(process_.pid)?.startTicks !== process_.startTicks) return false;
    try {
      process.kill(process_.pid, 'SIGKILL');
      return true;
    } catch {
      // It ended by itself.
      return false;
    }
  };

  return {
    check(unowned) {
      const seen = new Set<string>();
      let ended = 0;
      for (const { marker, processes } of unowned) {
        const due = processes.filter((each) => suspects.has(toKey(each)));
        for (const each of processes) seen.add(toKey(each));
        const endedHere = due.filter((each) => end(each));
        if (endedHere.length === 0) continue;
        ended += endedHere.length;
        const names = endedHere.map(({ pid, name }) => `${pid} ${name}`);
        deps.logger.warn({ marker, processes: names }, 'ended processes that no session owns');
      }
      suspects = seen;
      return ended;
    },
  };
}

function toKey({ pid, startTicks }: MarkedProcess): string {
  return `${pid}/${startTicks}`;
}
