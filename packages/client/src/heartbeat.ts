import type { Clock } from './clock.ts';

const SILENCE_MS = 5_000;
const PONG_TIMEOUT_MS = 5_000;

export interface HeartbeatDeps {
  clock: Clock;
  sendPing: () => void;
  /** The other side has not answered a ping in time. */
  onDead: () => void;
}

export interface Heartbeat {
  /** Anything came from the other side. */
  beat: () => void;
  /** Asks at once, for example after the computer woke up. */
  probe: () => void;
  stop: () => void;
}

/** Asks for a sign of life after 5 s of silence, and gives up after 5 s more. A dead network sends no close. */
export function startHeartbeat({ clock, sendPing, onDead }: HeartbeatDeps): Heartbeat {
  let cancel = clock.after(SILENCE_MS, probe);
  let lastBeatAt = clock.now();
  let asking = false;

  function probe(): void {
    const silentMs = clock.now() - lastBeatAt;
    if (!asking && silentMs >= 0 && silentMs < SILENCE_MS) return wait(SILENCE_MS - silentMs);
    ask();
  }

  function ask(): void {
    if (asking) return;
    asking = true;
    sendPing();
    cancel();
    cancel = clock.after(PONG_TIMEOUT_MS, onDead);
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
      wait(SILENCE_MS);
    },
    probe: ask,
    stop: () => cancel(),
  };
}
