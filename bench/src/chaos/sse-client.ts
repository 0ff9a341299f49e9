import type { ServerFrame } from '@claude-sdk-pattern/protocol';
import { createParser } from 'eventsource-parser';

import { pause, type ChaosClient, type ChaosClientDeps } from './chaos-client.ts';
import type { OnceFrame } from './frame-ledger.ts';
import { openChaosClient, type ChaosLine } from './open-chaos-client.ts';
import { createViews, type Views } from './views.ts';

const RECONNECT_MS = 50;
const HEADERS_TIMEOUT_MS = 3000;

/** Plain HTTP: one `Last-Event-ID` stream per session, and one request per frame. */
export function openSseClient(deps: ChaosClientDeps): ChaosClient {
  const views = createViews(deps.name, deps.tally);
  return openChaosClient({ ...deps, views }, () => openSseLine({ ...deps, views }));
}

/** Over 100 lines: stream and requests of one connection share its state. */
function openSseLine({
  name,
  proxy,
  apiKey,
  sessions,
  ledger,
  tally,
  views,
}: ChaosClientDeps & { views: Views }): ChaosLine {
  const headers = { authorization: `Bearer ${apiKey}` };
  const closing = new AbortController();
  /** The open stream of each session. */
  const streams = new Map<string, AbortController>();
  let frozenUntil = 0;
  /** Where a stream begins next, if not after its last event. */
  const startAt = new Map<string, number>();

  const post = async (frame: OnceFrame): Promise<void> => {
    try {
      const response = await fetch(`${proxy.url}/api/v1/chat`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ frames: [frame] }),
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(10_000)]),
      });
      if (response.status >= 500 && response.status !== 529)
        tally.problem('answers.errors', `${name}: HTTP ${response.status} ${await response.text()}`);
      const parser = createParser({
        onEvent({ data }) {
          const answer = JSON.parse(data) as ServerFrame;
          if (answer.type === 'reply' || answer.type === 'error') ledger.answer(answer);
        },
      });
      parser.feed(await response.text());
    } catch {
      // The connection broke; frames without an answer are sent again.
    }
  };

  const read = async (sessionId: string, stream: AbortController, signal: AbortSignal): Promise<void> => {
    const view = views.get(sessionId);
    const after = startAt.get(sessionId) ?? view.contiguous;
    startAt.delete(sessionId);
    // A kept connection may have died silently.
    const timer = setTimeout(() => stream.abort(), HEADERS_TIMEOUT_MS);
    const response = await fetch(`${proxy.url}/v1/sessions/${sessionId}/events/stream?extensions=true`, {
      headers: { ...headers, 'last-event-id': String(after) },
      signal,
    }).finally(() => clearTimeout(timer));
    if (!response.ok) {
      if (response.status !== 529)
        tally.problem(
          'answers.errors',
          `${name} streams after ${after}: HTTP ${response.status} ${await response.text()}`,
        );
      return;
    }
    view.begin(after + 1);
    const decoder = new TextDecoder();
    const parser = createParser({
      onEvent({ id, data }) {
        if (id !== undefined) view.note(Number(id), (JSON.parse(data) as { id: string }).id);
      },
    });
    for await (const chunk of response.body ?? []) {
      if (frozenUntil > Date.now()) await pause(frozenUntil - Date.now());
      if (signal.aborted) return;
      parser.feed(decoder.decode(chunk as Uint8Array, { stream: true }));
    }
  };
  const follow = async (sessionId: string): Promise<void> => {
    while (!closing.signal.aborted) {
      const stream = new AbortController();
      streams.set(sessionId, stream);
      await read(sessionId, stream, AbortSignal.any([closing.signal, stream.signal])).catch(() => undefined);
      views.get(sessionId).end();
      if (!closing.signal.aborted) await pause(RECONNECT_MS);
    }
  };
  const following = sessions.map(({ id }) => follow(id));

  return {
    untilOpen: async () => undefined,
    transmit: post,
    disconnect: () => proxy.cut(),
    freeze(ms) {
      frozenUntil = Date.now() + ms;
      return pause(ms);
    },
    giveUp() {
      for (const stream of streams.values()) stream.abort();
    },
    reattach(sessionId, { after }) {
      startAt.set(sessionId, after);
      streams.get(sessionId)?.abort();
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await Promise.all(following);
    },
  };
}
