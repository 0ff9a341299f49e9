import type { Launcher } from './launcher.ts';

export interface LaunchTracker {
  launcher: Launcher;
  /** Processes that were started and have not ended; whoever started them still looks after them. */
  runningPids(): ReadonlySet<number>;
}

/** Knows every process that a launcher has running, also while it starts or is being ended and no session names it. */
export function trackLaunches(launcher: Launcher): LaunchTracker {
  const running = new Set<number>();
  return {
    runningPids: () => running,
    launcher: {
      ...launcher,
      launch(request) {
        const child = launcher.launch(request);
        const { pid } = child;
        if (pid !== undefined) {
          running.add(pid);
          child.once('exit', () => running.delete(pid));
        }
        return child;
      },
    },
  };
}
