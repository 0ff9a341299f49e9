import type { FaultProxy } from '../../../packages/client/test/fault-proxy.ts';
import type { Tally } from '../soak/tally.ts';
import type { FrameLedger, OnceFrame } from './frame-ledger.ts';
import type { SessionView } from './session-view.ts';
import type { Act } from './step.ts';

/** One session of a round. */
export interface ChaosSession {
  id: string;
  /** Whether messages are sent into it, which real turns answer. Otherwise it gets only frames that need no process. */
  talking: boolean;
}

/** A client that talks to the server over its own connection. */
export interface ChaosClient extends AsyncDisposable {
  readonly name: string;
  /** The events that it has seen, by session. */
  readonly views: ReadonlyMap<string, SessionView>;
  act: (act: Act) => Promise<void>;
  /** Sends a frame of another client once, if it is connected. */
  relay: (frame: OnceFrame) => void;
  /** Resolves when every frame of this client is answered. @throws Error after two minutes. */
  settle: () => Promise<void>;
  /** Reads each session from the first event up to the given `seq`. @throws Error after two minutes. */
  catchUp: (lastSeqs: ReadonlyMap<string, number>) => Promise<void>;
}

export interface ChaosClientDeps {
  name: string;
  proxy: FaultProxy;
  apiKey: string;
  sessions: readonly ChaosSession[];
  ledger: FrameLedger;
  tally: Tally;
  /** Sends a frame on the connection of another client. */
  relayElsewhere: (frame: OnceFrame) => void;
}

/** The session that a step names. */
export function pickSession(sessions: readonly ChaosSession[], index: number): ChaosSession {
  const session = sessions[index % sessions.length];
  if (session === undefined) throw new Error('A round needs sessions');
  return session;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** @throws Error after two minutes, with what was waited for. */
export async function waitFor(what: string, isTrue: () => boolean, timeoutMs = 120_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error(`Not within ${timeoutMs} ms: ${what}`);
    await pause(10);
  }
}
