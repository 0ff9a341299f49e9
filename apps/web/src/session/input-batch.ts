import type { SessionInput } from './reduce-session.ts';

/** Runs a task at the next frame; the returned function cancels it. */
export type ScheduleFrame = (task: () => void) => () => void;

export interface InputBatch {
  push: (input: SessionInput) => void;
  flush: () => void;
  clear: () => void;
}

/** Collects inputs and passes them on at most once a frame. */
export function createInputBatch(scheduleFrame: ScheduleFrame, take: (inputs: SessionInput[]) => void): InputBatch {
  let inputs: SessionInput[] = [];
  let cancel: (() => void) | null = null;

  function flush(): void {
    cancel?.();
    cancel = null;
    if (inputs.length === 0) return;
    const batch = inputs;
    inputs = [];
    take(batch);
  }

  return {
    push(input) {
      inputs.push(input);
      cancel ??= scheduleFrame(flush);
    },
    flush,
    clear() {
      cancel?.();
      cancel = null;
      inputs = [];
    },
  };
}
