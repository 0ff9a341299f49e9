import { ClientError, createClient, type Attachment, type Clock } from '@claude-sdk-pattern/client';

import { pause, pickSession, waitFor, type ChaosClient, type ChaosClientDeps } from './chaos-client.ts';
import type { OnceFrame } from './frame-ledger.ts';
import { createOutbox } from './outbox.ts';
import type { Act } from './step.ts';
import { createViews } from './views.ts';

/** Time runs so many times as fast for the client, so that it notices dead lines and comes back within a round. */
const SPEED = 5;
const fastClock: Clock = {
  now: () => Date.now() * SPEED,
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs / SPEED);
    return () => clearTimeout(timer);
  },
};

/** `@claude-sdk-pattern/client`, as programs use it. Its line may refuse WebSockets, so that it goes over HTTP. */
export function openLibraryClient(deps: ChaosClientDeps, { refuseUpgrades = false } = {}): ChaosClient {
  const { name, proxy, apiKey, sessions, ledger, tally, relayElsewhere } = deps;
  if (refuseUpgrades) proxy.upgrades = 'refuse';
  const client = createClient({ url: proxy.url, apiKey, clock: fastClock });
  client.onState((state) => {
    if (state.state === 'live') tally.add(`library.${state.transport}`);
  });
  const views = createViews(name, tally);
  const attachments = new Map<string, Attachment>();
  const underWay = new Set<string>();

  const transmit = (frame: OnceFrame) => {
    // It goes on with what is under way by itself.
    if (underWay.has(frame.id)) return;
    underWay.add(frame.id);
    const request =
      frame.type === 'session.send'
        ? client.send(frame.session_id, frame.events, { id: frame.id })
        : client.createSession(frame.session, { id: frame.id });
    request
      .then((result) => ledger.answer({ type: 'reply', id: frame.id, result }))
      .catch((error: unknown) => {
        if (!(error instanceof ClientError)) throw error;
        const { type, message } = error;
        if (type === 'connection_closed' || type === 'connection_failed') return;
        ledger.answer({ type: 'error', id: frame.id, error: { type, message } });
      })
      .finally(() => underWay.delete(frame.id));
  };
  const outbox = createOutbox(name, ledger, transmit);

  const attach = (sessionId: string, { after, tail }: { after: number; tail?: number | undefined }) => {
    attachments.get(sessionId)?.detach();
    const view = views.get(sessionId);
    let begun = tail === undefined;
    if (begun) view.begin(after + 1);
    attachments.set(
      sessionId,
      client.attach(sessionId, {
        after,
        ...(tail !== undefined && { tail }),
        onAttached({ firstSeq }) {
          // Only where it begins: over all connections the stream is one.
          if (!begun) view.begin(firstSeq);
          begun = true;
        },
        onEvent: (event, seq) => view.note(seq, event.id),
        onError(error) {
          if (!error.retryable) tally.problem('answers.errors', `${name} follows ${sessionId}: ${error.message}`);
        },
      }),
    );
  };
  for (const { id } of sessions) attach(id, { after: 0 });

  const makeSend = (index: number) => {
    const session = pickSession(sessions, index);
    return ledger.makeSend(session.id, session);
  };
  const act = async (step: Act): Promise<void> => {
    switch (step.kind) {
      case 'send':
      case 'update':
        return outbox.add(makeSend(step.session));
      case 'create':
        return outbox.add(ledger.makeCreate());
      case 'repeat': {
        const frame = ledger.pick(step.frame);
        if (frame === undefined) return undefined;
        transmit(frame);
        return relayElsewhere(frame);
      }
      case 'reorder': {
        const made = Array.from({ length: step.count }, () => makeSend(step.session));
        for (const frame of made) outbox.add(frame);
        return made.toReversed().forEach(relayElsewhere);
      }
      // What is not read here is not read by the socket either, which only a socket of one's own can be told.
      case 'freeze':
      case 'disconnect':
        return proxy.cut();
      case 'half-open':
      case 'deafen':
        if (step.kind === 'deafen') {
          proxy.deafen();
          outbox.add(makeSend(step.session));
        } else proxy.freeze();
        await pause(step.ms);
        proxy.thaw();
        return client.reconnectNow();
      case 'reattach': {
        const { id } = pickSession(sessions, step.session);
        const { contiguous } = views.get(id);
        const { back, tail } = step;
        return attach(id, { after: contiguous - (back % (contiguous + 1)), tail });
      }
    }
  };

  return {
    name,
    views: views.all,
    async act(step) {
      await act(step);
      tally.add(`fault.${step.kind === 'freeze' ? 'disconnect' : step.kind}`);
    },
    relay: transmit,
    settle: outbox.settle,
    async catchUp(lastSeqs) {
      for (const [sessionId, lastSeq] of lastSeqs) {
        // A `tail` leaves out what came before it.
        const { contiguous } = views.get(sessionId);
        if (contiguous < lastSeq) attach(sessionId, { after: contiguous });
        await waitFor(
          `${name} has read ${sessionId} to ${lastSeq}, not ${contiguous}`,
          () => views.get(sessionId).contiguous >= lastSeq,
          40_000,
        );
      }
    },
    async [Symbol.asyncDispose]() {
      outbox.close();
      await client.close();
    },
  };
}
