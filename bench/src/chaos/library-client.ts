import { ClientError, createClient, type Attachment, type Clock } from '@claude-sdk-pattern/client';

import type { ChaosClient, ChaosClientDeps } from './chaos-client.ts';
import type { OnceFrame } from './frame-ledger.ts';
import { openChaosClient, type ChaosLine } from './open-chaos-client.ts';
import { createViews, type Views } from './views.ts';

/**
 * The client's clock runs this many times faster, so that it notices dead connections and reconnects within a round.
 */
const SPEED = 5;
const fastClock: Clock = {
  now: () => Date.now() * SPEED,
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs / SPEED);
    return () => clearTimeout(timer);
  },
};

/** `@claude-sdk-pattern/client`, as programs use it. If its connection refuses WebSockets, it uses HTTP. */
export function openLibraryClient(deps: ChaosClientDeps, { refuseUpgrades = false } = {}): ChaosClient {
  if (refuseUpgrades) deps.proxy.upgrades = 'refuse';
  const views = createViews(deps.name, deps.tally);
  return openChaosClient({ ...deps, views }, () => openLibraryLine({ ...deps, views }));
}

function openLibraryLine({
  name,
  proxy,
  apiKey,
  sessions,
  ledger,
  tally,
  views,
}: ChaosClientDeps & { views: Views }): ChaosLine {
  const client = createClient({ url: proxy.url, apiKey, clock: fastClock });
  client.onState((state) => {
    if (state.state === 'live') tally.add(`library.${state.transport}`);
  });
  const attachments = new Map<string, Attachment>();
  const underWay = new Set<string>();

  const transmit = (frame: OnceFrame) => {
    // The library continues pending requests on its own.
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
          // Only the begin is checked: across all connections the stream is continuous.
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

  return {
    untilOpen: async () => undefined,
    transmit,
    // No `freeze`: only a client with its own socket can stop reading from it.
    disconnect: () => proxy.cut(),
    giveUp: () => client.reconnectNow(),
    reattach: (sessionId, { after, tail }) => attach(sessionId, { after, tail }),
    // A `tail` leaves out earlier events.
    resume: (sessionId) => attach(sessionId, { after: views.get(sessionId).contiguous }),
    [Symbol.asyncDispose]: () => client.close(),
  };
}
