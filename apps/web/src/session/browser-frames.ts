import { createFramePace } from './frame-pace.ts';
import type { ScheduleFrame } from './input-batch.ts';

/** A hidden tab gets no animation frames, so a timer keeps the title and the sidebar up to date. */
const HIDDEN_FRAME_MS = 250;

const atFrame: ScheduleFrame = (task) => {
  const run = () => {
    cancel();
    task();
  };
  const timer = setTimeout(run, HIDDEN_FRAME_MS);
  const frame = requestAnimationFrame(run);
  const cancel = () => {
    clearTimeout(timer);
    cancelAnimationFrame(frame);
  };
  return cancel;
};

/** A message to itself is read when the frame has been painted; a timer would be later by up to 4 ms. */
function createAfterFrame(): (task: () => void) => void {
  const { port1, port2 } = new MessageChannel();
  const tasks: (() => void)[] = [];
  port1.addEventListener('message', () => tasks.shift()?.());
  port1.start();
  return (task) => {
    tasks.push(task);
    port2.postMessage(null);
  };
}

/** The frames of this page, at a pace that leaves time for whoever uses it. */
export function createBrowserFrames(): ScheduleFrame {
  return createFramePace({
    atFrame,
    now: () => performance.now(),
    afterFrame: createAfterFrame(),
    after: (ms, task) => {
      const timer = setTimeout(task, ms);
      return () => clearTimeout(timer);
    },
  });
}
