import type { ScheduleFrame } from './input-batch.ts';

export interface FramePaceDeps {
  /** In milliseconds. */
  now: () => number;
  /** Runs a task at the next frame; the returned function cancels it. */
  atFrame: ScheduleFrame;
  /** Runs a task when the frame has been laid out and painted in which this is called. */
  afterFrame: (task: () => void) => void;
  /** Runs a task after so many milliseconds; the returned function cancels it. */
  after: (ms: number, task: () => void) => () => void;
}

/** The page rests for so many times as long as its last update took, so that two frames of three are free. */
const REST = 2;
/** And never longer, so that the text does not stand still where an update takes seconds. */
const MAX_REST_MS = 500;

/**
 * Spreads updates over frames by what they cost: after each, the page rests for twice as long as it took until that was
 * painted. What arrives meanwhile is in the next update. So scrolling and typing stay smooth where a slow or busy
 * machine cannot draw 60 updates a second, and a fast one draws them in every frame.
 */
export function createFramePace({ now, atFrame, afterFrame, after }: FramePaceDeps): ScheduleFrame {
  let freeAt = 0;
  /** Tasks that wait until the cost of the update before is known. */
  const measuring = { isOn: false, waiting: new Set<() => void>() };

  const run = (task: () => void) => {
    const began = now();
    measuring.isOn = true;
    afterFrame(() => {
      const ended = now();
      freeAt = ended + Math.min(REST * (ended - began), MAX_REST_MS);
      measuring.isOn = false;
      const waiting = [...measuring.waiting];
      measuring.waiting.clear();
      for (const begin of waiting) begin();
    });
    task();
  };

  return (task) => {
    let cancel = () => {};
    const begin = () => {
      const toFrame = () => {
        cancel = atFrame(() => run(task));
      };
      const restMs = freeAt - now();
      if (restMs > 0) cancel = after(restMs, toFrame);
      else toFrame();
    };
    if (measuring.isOn) {
      measuring.waiting.add(begin);
      cancel = () => measuring.waiting.delete(begin);
    } else begin();
    return () => cancel();
  };
}
