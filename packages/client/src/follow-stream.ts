import type { ClientFrame, ServerFrame } from '@claude-sdk-pattern/protocol';

import type { Clock } from './clock.ts';
import { createFollowedSessions, type FollowFrame } from './followed-sessions.ts';

export interface FollowStreamDeps {
  /** Sends the frames in one request; resolves when the answer has ended. */
  exchange: (
    frames: readonly ClientFrame[],
    signal: AbortSignal,
    onFrame: (frame: ServerFrame) => void,
  ) => Promise<unknown>;
  clock: Clock;
  onFrame: (frame: ServerFrame) => void;
  /** The stream broke, or brought what nobody asked for. */
  onLost: () => void;
}

/** One event stream for all that is followed; it is opened again when that changes. */
export interface FollowStream {
  change: (frame: FollowFrame) => void;
  close: () => void;
}

export function createFollowStream({ exchange, clock, onFrame, onLost }: FollowStreamDeps): FollowStream {
  const followed = createFollowedSessions();
  let stream: AbortController | undefined;
  let cancelRestart: (() => void) | undefined;
  let isClosed = false;

  async function start(): Promise<void> {
    cancelRestart = undefined;
    stream?.abort();
    const frames = followed.toFrames();
    if (isClosed || frames.length === 0) return;
    const current = (stream = new AbortController());
    await exchange(frames, current.signal, (frame) => {
      const verdict = followed.receive(frame);
      if (verdict === 'broken') onLost();
      else if (verdict === 'pass') onFrame(frame);
    });
    // Nothing can be followed any more: the server has answered everything and ended the stream.
    if (stream === current && !current.signal.aborted && followed.toFrames().length > 0) onLost();
  }

  return {
    change(frame) {
      followed.change(frame);
      // Sessions are attached to one after the other in one tick; one stream serves them.
      cancelRestart ??= clock.after(0, () => void start());
    },
    close() {
      isClosed = true;
      cancelRestart?.();
      stream?.abort();
    },
  };
}
