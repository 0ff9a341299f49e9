import { circuitBreaker, CircuitState, handleWhen, type FailureReason } from 'cockatiel';

import { createFailureWindow, type FailureWindowSettings } from './failure-window.ts';

export interface CircuitBreakerSettings extends FailureWindowSettings {
  /** From opening until the first call that may probe, and from a probe that failed to the next one. */
  openMs: number;
}

export type CircuitBreakerState = 'closed' | 'half_open' | 'open';

export interface CircuitTransition {
  from: CircuitBreakerState;
  to: CircuitBreakerState;
}

/** How a call of the upstream ended, for its breaker. */
export interface CallOutcome {
  /** Whether the upstream failed: not what its caller did wrong, nor what we broke off. */
  isFault: boolean;
  /** How long the upstream asks to leave it alone. */
  askedWaitMs?: number | undefined;
}

/** Thrown where the upstream failed in the middle of its answer. */
export class UpstreamFault extends Error {
  override readonly name = 'UpstreamFault';
}

/** Gives an upstream up that fails, and finds out when it works again. */
export interface CircuitBreaker {
  readonly state: CircuitBreakerState;
  /** Milliseconds for which it is in this state, or since the server started. */
  readonly stateForMs: number;
  /** Failures within the window, as many as open it at most. */
  readonly failures: number;
  /** Milliseconds until a call may probe, 0 when one may now; undefined while closed, and while a call probes. */
  readonly probeInMs: number | undefined;
  /** Whether a call may go now: the circuit is closed, or this call is the probe. */
  readonly mayCall: boolean;
  /**
   * Makes a call, which `mayCall` allowed, and counts how it ended. A probe is decided when `onGood` is called, or by
   * its end. A call that rejects with something else than an UpstreamFault counts as none.
   */
  run<Outcome extends CallOutcome>(call: (onGood: () => void) => Promise<Outcome>): Promise<Outcome>;
  /** Lets the next call probe. Does nothing unless the circuit is open. */
  probeNow(): void;
  onTransition(listener: (transition: CircuitTransition) => void): () => void;
}

/** Of what an upstream asks for. */
const LONGEST_ASKED_MS = 60_000;

/** Ends a probe that was broken off by us: it says nothing about the upstream. For cockatiel it would be a success. */
class AbandonedProbe extends Error {
  override readonly name = 'AbandonedProbe';
}

const STATES = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.HalfOpen]: 'half_open',
  [CircuitState.Open]: 'open',
  [CircuitState.Isolated]: 'open',
} as const satisfies Record<CircuitState, CircuitBreakerState>;

/**
 * Cockatiel (4.0.0) decides between the states. Its own waits follow the wall clock, which may be set back by an hour;
 * so it has none here, and `probeInMs` is measured with `uptimeMs`.
 */
export function createCircuitBreaker(
  { openMs, ...window }: CircuitBreakerSettings,
  uptimeMs: () => number,
): CircuitBreaker {
  let probeAtMs = 0;
  let state: CircuitBreakerState = 'closed';
  let changedAtMs = uptimeMs();
  const listeners = new Set<(transition: CircuitTransition) => void>();
  // A call that began before the circuit opened decides nothing while another one probes.
  const failureWindow = createFailureWindow(window, { uptimeMs, mayOpen: () => policy.state === CircuitState.Closed });
  const policy = circuitBreaker(
    handleWhen((error) => error instanceof AbandonedProbe || error instanceof UpstreamFault).orWhenResult(isFault),
    {
      // Compared with a difference of wall clock times: no clock that is set back keeps the circuit open.
      halfOpenAfter: Number.NEGATIVE_INFINITY,
      breaker: failureWindow,
    },
  );
  policy.onBreak((reason) => {
    probeAtMs = uptimeMs() + toOpenMs(reason, openMs);
  });
  policy.onStateChange((next) => {
    const transition = { from: state, to: STATES[next] };
    state = transition.to;
    changedAtMs = uptimeMs();
    for (const listener of listeners) listener(transition);
  });

  /** The first call after the circuit was open. */
  async function probe<Outcome extends CallOutcome>(call: (onGood: () => void) => Promise<Outcome>): Promise<Outcome> {
    const { promise: good, resolve } = Promise.withResolvers<CallOutcome>();
    const { promise: whole, resolve: follow } = Promise.withResolvers<Outcome>();
    let isGood = false;
    const decide = () => {
      follow(
        call(() => {
          isGood = true;
          resolve({ isFault: false });
        }),
      );
      return Promise.race([good, whole]).catch((error: unknown) => {
        throw error instanceof UpstreamFault ? error : new AbandonedProbe();
      });
    };
    // What it rejects with, its caller gets from `whole`.
    await policy.execute(decide).catch(() => undefined);
    // The rest of the answer counts as a call of its own: it may break as well.
    return isGood && policy.state === CircuitState.Closed ? policy.execute(() => whole) : whole;
  }

  return {
    get state() {
      return state;
    },
    get stateForMs() {
      return uptimeMs() - changedAtMs;
    },
    get failures() {
      return failureWindow.countFailures();
    },
    get probeInMs() {
      return state === 'open' ? Math.max(0, probeAtMs - uptimeMs()) : undefined;
    },
    get mayCall() {
      return state === 'closed' || this.probeInMs === 0;
    },
    async run(call) {
      if (!this.mayCall) throw new Error('The circuit is open');
      return state === 'closed' ? policy.execute(() => call(() => undefined)) : probe(call);
    },
    probeNow() {
      probeAtMs = Math.min(probeAtMs, uptimeMs());
    },
    onTransition(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function isFault(outcome: unknown): boolean {
  return (outcome as CallOutcome).isFault;
}

function toOpenMs(reason: FailureReason<unknown> | { isolated: true }, openMs: number): number {
  if ('error' in reason) return reason.error instanceof AbandonedProbe ? 0 : openMs;
  const askedMs = 'value' in reason ? (reason.value as CallOutcome).askedWaitMs : undefined;
  return Math.max(openMs, Math.min(askedMs ?? 0, LONGEST_ASKED_MS));
}
