import { pause, pickSession, waitFor, type ChaosClient, type ChaosClientDeps } from './chaos-client.ts';
import type { OnceFrame } from './frame-ledger.ts';
import { createOutbox } from './outbox.ts';
import type { Act } from './step.ts';
import type { Views } from './views.ts';

/** The differences between the kinds of clients: how each talks to the server, and how its connection breaks. */
export interface ChaosLine extends AsyncDisposable {
  /** Resolves when frames can be sent. */
  untilOpen: () => Promise<void>;
  transmit: (frame: OnceFrame) => void | Promise<void>;
  /** Sends a `session.update`. A client without this method sends a message instead. */
  update?: (sessionId: string) => void;
  disconnect: () => void;
  /** Stops reading for this many milliseconds. A client without this method is disconnected instead. */
  freeze?: (ms: number) => Promise<void>;
  /** Drops a connection that had died silently, and reconnects. */
  giveUp: () => void;
  /** Follows a session from another `seq`; with `leaves` it detaches first. */
  reattach: (sessionId: string, from: { after: number; tail: number | undefined; leaves: boolean }) => void;
  /** Follows a session again from the last event read, after its stream has ended. */
  resume?: (sessionId: string) => void;
}

const CATCH_UP_TIMEOUT_MS = 40_000;

/** One client that performs its steps. `openLine` gets `flush`, to call after each reconnect. */
export function openChaosClient(
  deps: ChaosClientDeps & { views: Views },
  openLine: (flush: () => void) => ChaosLine,
): ChaosClient {
  const { name, proxy, sessions, ledger, tally, relayElsewhere, views } = deps;
  const transmit = (frame: OnceFrame) => line.transmit(frame);
  const outbox = createOutbox(name, ledger, (frame) => void transmit(frame));
  const line = openLine(outbox.flush);

  const makeSend = (index: number) => {
    const session = pickSession(sessions, index);
    return ledger.makeSend(session.id, session);
  };
  const actOut = async (act: Act): Promise<void> => {
    if (act.kind === 'send') return outbox.add(makeSend(act.session));
    if (act.kind === 'create') return outbox.add(ledger.makeCreate());
    await line.untilOpen();
    switch (act.kind) {
      case 'update':
        if (line.update === undefined) return outbox.add(makeSend(act.session));
        return line.update(pickSession(sessions, act.session).id);
      case 'repeat': {
        const frame = ledger.pick(act.frame);
        if (frame === undefined) return undefined;
        await transmit(frame);
        return relayElsewhere(frame);
      }
      case 'reorder': {
        const made = Array.from({ length: act.count }, () => makeSend(act.session));
        for (const frame of made.toReversed()) outbox.add(frame);
        const [first] = made;
        if (first === undefined) return undefined;
        await transmit(first);
        return relayElsewhere(first);
      }
      case 'disconnect':
        return line.disconnect();
      case 'freeze': {
        if (line.freeze === undefined) return line.disconnect();
        const thawed = line.freeze(act.ms);
        outbox.add(makeSend(act.session));
        return thawed;
      }
      case 'half-open':
      case 'deafen':
        if (act.kind === 'deafen') {
          proxy.deafen();
          outbox.add(makeSend(act.session));
        } else proxy.freeze();
        await pause(act.ms);
        proxy.thaw();
        return line.giveUp();
      case 'reattach': {
        const { id } = pickSession(sessions, act.session);
        const { contiguous } = views.get(id);
        const after = contiguous - (act.back % (contiguous + 1));
        return line.reattach(id, { after, tail: act.tail, leaves: act.back % 2 === 0 });
      }
    }
  };

  return {
    name,
    views: views.all,
    async act(act) {
      await actOut(act);
      const done = act.kind === 'freeze' && line.freeze === undefined ? 'disconnect' : act.kind;
      tally.add(`fault.${done}`);
    },
    relay: (frame) => void transmit(frame),
    settle: outbox.settle,
    async catchUp(lastSeqs) {
      await line.untilOpen();
      for (const [sessionId, lastSeq] of lastSeqs) {
        const view = views.get(sessionId);
        if (view.contiguous < lastSeq) line.resume?.(sessionId);
        await waitFor(
          `${name} has read ${sessionId} to ${lastSeq}, not ${view.contiguous}`,
          () => view.contiguous >= lastSeq,
          CATCH_UP_TIMEOUT_MS,
        );
      }
    },
    async [Symbol.asyncDispose]() {
      outbox.close();
      await line[Symbol.asyncDispose]();
    },
  };
}
