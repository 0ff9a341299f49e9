import type { ServerFrame } from '@claude-sdk-pattern/protocol';
import { createParser } from 'eventsource-parser';

import { pause, pickSession, waitFor, type ChaosClient, type ChaosClientDeps } from './chaos-client.ts';
import type { OnceFrame } from './frame-ledger.ts';
import { createOutbox } from './outbox.ts';
import type { Act } from './step.ts';
import { createViews } from './views.ts';

const RECONNECT_MS = 50;
const HEADERS_TIMEOUT_MS = 3000;

/** Plain HTTP: a `Last-Event-ID` stream for each session, and a request for each frame. */
export function openSseClient(deps: ChaosClientDeps): ChaosClient {
  const { name, proxy, apiKey, sessions, ledger, tally, relayElsewhere } = deps;
  const views = createViews(name, tally);
  const headers = { authorization: `Bearer ${apiKey}` };
  const closing = new AbortController();
  /** Of each session's stream that is open. */
  const streams = new Map<string, AbortController>();
  let frozenUntil = 0;
  /** Where a stream begins next, when that is not where the last one ended. */
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
      // The line broke; what has no answer is sent again.
    }
  };
  const outbox = createOutbox(name, ledger, (frame) => void post(frame));

  const read = async (sessionId: string, stream: AbortController, signal: AbortSignal): Promise<void> => {
    const view = views.get(sessionId);
    const after = startAt.get(sessionId) ?? view.contiguous;
    startAt.delete(sessionId);
    // A kept connection may be one of those that are dead and do not say so.
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

  const cutStreams = () => {
    for (const stream of streams.values()) stream.abort();
  };
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
        await post(frame);
        return relayElsewhere(frame);
      }
      case 'reorder': {
        const made = Array.from({ length: step.count }, () => makeSend(step.session));
        for (const frame of made.toReversed()) outbox.add(frame);
        return made[0] && post(made[0]);
      }
      case 'disconnect':
        return proxy.cut();
      case 'freeze':
        outbox.add(makeSend(step.session));
        frozenUntil = Date.now() + step.ms;
        return pause(step.ms);
      case 'half-open':
      case 'deafen':
        if (step.kind === 'deafen') {
          proxy.deafen();
          outbox.add(makeSend(step.session));
        } else proxy.freeze();
        await pause(step.ms);
        proxy.thaw();
        return cutStreams();
      case 'reattach': {
        const { id } = pickSession(sessions, step.session);
        const { contiguous } = views.get(id);
        startAt.set(id, contiguous - (step.back % (contiguous + 1)));
        return streams.get(id)?.abort();
      }
    }
  };

  return {
    name,
    views: views.all,
    async act(step) {
      await act(step);
      tally.add(`fault.${step.kind}`);
    },
    relay: (frame) => void post(frame),
    settle: outbox.settle,
    async catchUp(lastSeqs) {
      for (const [sessionId, lastSeq] of lastSeqs) {
        const { contiguous } = views.get(sessionId);
        await waitFor(
          `${name} has read ${sessionId} to ${lastSeq}, not ${contiguous}`,
          () => views.get(sessionId).contiguous >= lastSeq,
          20_000,
        );
      }
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      outbox.close();
      await Promise.all(following);
    },
  };
}
