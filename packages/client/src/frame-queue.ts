import { MAX_FRAMES_PER_REQUEST, MAX_FRAME_BYTES } from '@claude-sdk-pattern/protocol/limits';
import type { ClientFrame } from '@claude-sdk-pattern/protocol';

/** Frames that wait for a request to carry them, in order. */
export interface FrameQueue {
  readonly isEmpty: boolean;
  /** `chars` is the length of the frame's text. */
  push: (frame: ClientFrame, chars: number) => void;
  /** Takes the oldest frames, as many as one request may carry; at least one when there is any. */
  takeBatch: () => ClientFrame[];
  clear: () => void;
}

export function createFrameQueue(): FrameQueue {
  let waiting: { frame: ClientFrame; chars: number }[] = [];
  return {
    get isEmpty() {
      return waiting.length === 0;
    },
    push(frame, chars) {
      waiting.push({ frame, chars });
    },
    takeBatch() {
      const batch: ClientFrame[] = [];
      let chars = 0;
      while (batch.length < MAX_FRAMES_PER_REQUEST) {
        const next = waiting[0];
        // Half of what the server takes: a character may be two bytes or more. A single frame was measured before.
        if (!next || (batch.length > 0 && chars + next.chars > MAX_FRAME_BYTES / 2)) break;
        waiting.shift();
        batch.push(next.frame);
        chars += next.chars;
      }
      return batch;
    },
    clear() {
      waiting = [];
    },
  };
}
