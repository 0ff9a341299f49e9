import { FACTS } from './machine.ts';
import type { SharedCpu } from './shared-cpu.ts';

/** Lets as many processes start at once as there are cores, the others in the order of asking. */
export interface StartGate {
  readonly isFree: boolean;
  run(cpuMs: number, started: () => void): void;
}

export function createStartGate(cpu: SharedCpu, max: number): StartGate {
  let running = 0;
  const waiting: { cpuMs: number; started: () => void }[] = [];

  const begin = (next: { cpuMs: number; started: () => void }) => {
    running += 1;
    cpu.run({
      cpuMs: next.cpuMs,
      parallelism: FACTS.startParallelism,
      done() {
        running -= 1;
        const following = waiting.shift();
        if (following) begin(following);
        next.started();
      },
    });
  };

  return {
    get isFree() {
      return running < max;
    },
    run(cpuMs, started) {
      if (running < max) begin({ cpuMs, started });
      else waiting.push({ cpuMs, started });
    },
  };
}
