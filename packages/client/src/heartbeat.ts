import type { Clock } from './clock.ts';

/** After this much silence a ping is sent; after as much again the connection is lost. */
const SILENCE_MS = 2_500;

export interface HeartbeatDeps {
  clock: Clock;
  /** Multiplies both times: on a slow network one large frame can take longer than they last. */
  patience?: () => number;
  sendPing: () => void;
  /** The other side has not answered a ping in time. */
  onDead: () => void;
}

export interface Heartbeat {
  /** Something came from the other side. */
  beat: () => void;
  /** Sends a ping now, for example after the computer woke up. */
  probe: () => void;
  stop: () => void;
}

/** Sends a ping after 2.5 s of silence, and calls `onDead` after 2.5 s more: a dead network sends no close. */
export function startHeartbeat({ clock, patience = () => 1, sendPing, onDead }: HeartbeatDeps): Heartbeat {
  const silenceMs = () => SILENCE_MS * patience();
  let cancel = clock.after(silenceMs(), probe);
  let lastBeatAt = clock.now();
  let asking = false;

  function probe(): void {
    const silentMs = clock.now() - lastBeatAt;
    if (!asking && silentMs >= 0 && silentMs < silenceMs()) return wait(silenceMs() - silentMs);
    ask();
  }

  function ask(): void {
    if (asking) return;
    asking = true;
    sendPing();
    cancel();
    cancel = clock.after(silenceMs(), onDead);
  }

  function wait(delayMs: number): void {
    cancel();
    cancel = clock.after(delayMs, probe);
  }

  return {
    beat() {
      lastBeatAt = clock.now();
      // A timer for every delta of a busy stream would cost more than the stream: the running one re-arms itself.
      if (!asking) return;
      asking = false;
      wait(silenceMs());
    },
    probe: ask,
    stop: () => cancel(),
  };
}
