import type { Client } from '@claude-sdk-pattern/client';
import type { ProcessReadyEvent, SessionCreateParams, SessionEvent } from '@claude-sdk-pattern/protocol';

import { createEventLedger, type EventLedger } from './event-ledger.ts';

/** A completed turn. Times are in milliseconds after its message was sent. */
export interface EndedTurn {
  outcome: 'completed' | 'interrupted' | 'failed';
  /** All text of the agent in the turn. */
  text: string;
  firstTextMs: number | undefined;
  completedMs: number;
  /** How often its process was restarted during the turn. */
  restarts: number;
  /** How its process started; undefined if the session already had one. */
  start: ProcessReadyEvent['start'] | undefined;
}

/** A session that is followed from its first event, over any number of connections and servers. */
export interface RecalledSession {
  readonly id: string;
  readonly ledger: EventLedger;
  /** Resolves with the id of the message once it is stored. */
  send: (text: string) => Promise<string>;
  /** Resolves when the turn of a sent message is complete. @throws Error after three minutes. */
  waitForEnd: (messageId: string) => Promise<EndedTurn>;
  interrupt: () => Promise<void>;
  /** Resolves with the next event of a type. @throws Error after three minutes. */
  waitForNext: (type: SessionEvent['type']) => Promise<void>;
  detach: () => void;
}

const TIMEOUT_MS = 180_000;

interface OpenTurn {
  sentAt: number;
  turn: number | undefined;
  ended: PromiseWithResolvers<EndedTurn>;
}

interface RunningTurn {
  text: string;
  restarts: number;
  firstTextAt: number | undefined;
}

/** Creates a session and follows it. `onEvent` is called once for each event. */
export async function openRecalledSession(
  client: Client,
  options: { session?: SessionCreateParams; onEvent?: (event: SessionEvent) => void } = {},
): Promise<RecalledSession> {
  const { session } = await client.createSession(options.session);
  const ledger = createEventLedger();
  const open = new Map<string, OpenTurn>();
  const waiting = new Map<SessionEvent['type'], PromiseWithResolvers<void>>();
  let running: RunningTurn = { text: '', restarts: 0, firstTextAt: undefined };
  let start: EndedTurn['start'];

  const follow = (event: SessionEvent) => {
    waiting.get(event.type)?.resolve();
    waiting.delete(event.type);
    switch (event.type) {
      case 'session.turn_started':
        running = { text: '', restarts: 0, firstTextAt: undefined };
        for (const id of event.message_ids) toOpenTurn(id).turn = event.turn;
        break;
      case 'session.process_ready':
        start = event.start;
        break;
      case 'session.process_restarting':
        running.restarts += 1;
        break;
      case 'agent.message':
        running.firstTextAt ??= performance.now();
        running.text += event.content.map((block) => ('text' in block ? block.text : '')).join('');
        break;
      case 'session.turn_completed':
        settle(event.turn, event.outcome);
        break;
      default:
        break;
    }
  };
  const toOpenTurn = (messageId: string): OpenTurn => {
    const known = open.get(messageId);
    if (known !== undefined) return known;
    const made = { sentAt: performance.now(), turn: undefined, ended: Promise.withResolvers<EndedTurn>() };
    open.set(messageId, made);
    return made;
  };
  const settle = (turn: number, outcome: EndedTurn['outcome']) => {
    const now = performance.now();
    for (const each of open.values()) {
      if (each.turn !== turn) continue;
      const { firstTextAt, text, restarts } = running;
      const firstTextMs = firstTextAt === undefined ? undefined : firstTextAt - each.sentAt;
      each.ended.resolve({ outcome, text, restarts, start, firstTextMs, completedMs: now - each.sentAt });
    }
    start = undefined;
  };

  const attachment = client.attach(session.id, {
    onEvent(event, seq) {
      ledger.note(seq, event.id);
      follow(event);
      options.onEvent?.(event);
    },
    onPreview(preview) {
      if (preview.type === 'event_delta') running.firstTextAt ??= performance.now();
    },
  });

  return {
    id: session.id,
    ledger,
    async send(text) {
      const sentAt = performance.now();
      const { events } = await client.send(session.id, [{ type: 'user.message', content: [{ type: 'text', text }] }]);
      const id = events[0]?.id;
      if (id === undefined) throw new Error(`A message to ${session.id} was not stored`);
      // The turn may have begun, or even ended, before the answer arrived.
      toOpenTurn(id).sentAt = sentAt;
      return id;
    },
    async waitForEnd(messageId) {
      const { ended } = toOpenTurn(messageId);
      const turn = await withTimeout(ended.promise, `The turn of ${messageId} in ${session.id} is not over`);
      open.delete(messageId);
      return turn;
    },
    async interrupt() {
      await client.send(session.id, [{ type: 'user.interrupt' }]);
    },
    waitForNext(type) {
      const next = waiting.get(type) ?? Promise.withResolvers<void>();
      waiting.set(type, next);
      return withTimeout(next.promise, `${session.id} had no ${type}`);
    },
    detach: attachment.detach,
  };
}

async function withTimeout<T>(promise: Promise<T>, what: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${what} after ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
