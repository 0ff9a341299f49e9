import type { ServerFrame } from '@claude-sdk-pattern/protocol';
import { WebSocket } from 'ws';

import { pause, pickSession, waitFor, type ChaosClient, type ChaosClientDeps } from './chaos-client.ts';
import type { OnceFrame } from './frame-ledger.ts';
import { createOutbox } from './outbox.ts';
import { createViews } from './views.ts';
import type { Act } from './step.ts';

const RECONNECT_MS = { least: 10, most: 120 };
const ATTACH_AGAIN_MS = 200;

/** A WebSocket with nothing of the client's package, which comes back whenever its line breaks. */
export function openRawClient(deps: ChaosClientDeps): ChaosClient {
  const { name, proxy, apiKey, sessions, ledger, tally, relayElsewhere } = deps;
  const url = new URL('/ws/v1/chat', proxy.url.replace('http', 'ws'));
  const views = createViews(name, tally);
  /** Attaches and detaches that are under way on this connection, by the id of their frame. */
  let asked = new Map<string, { sessionId: string; leaves: boolean }>();
  let socket: WebSocket | undefined;
  let reconnect: NodeJS.Timeout | undefined;
  let closed = false;
  let frames = 0;

  const isOpen = () => socket?.readyState === WebSocket.OPEN;
  const untilOpen = () => waitFor(`${name} is connected`, isOpen);
  const transmit = (frame: object) => {
    if (isOpen()) socket?.send(JSON.stringify(frame));
  };
  const outbox = createOutbox(name, ledger, transmit);

  const ask = (type: 'session.attach' | 'session.detach', sessionId: string, from: object = {}) => {
    const id = `${name}-a${(frames += 1)}`;
    asked.set(id, { sessionId, leaves: type === 'session.detach' });
    transmit({ type, id, session_id: sessionId, ...from });
  };

  const receive = (frame: ServerFrame) => {
    if (frame.type === 'event') views.get(frame.session_id).note(frame.seq, frame.event.id);
    if (frame.type !== 'reply' && frame.type !== 'error') return;
    const about = frame.id === null ? undefined : asked.get(frame.id);
    if (about === undefined) {
      ledger.answer(frame);
      // Whoever creates a session follows it, also where it is only told so again.
      if (frame.type === 'reply' && 'last_seq' in frame.result) views.get(frame.result.session.id).begin(1);
    } else if (frame.type === 'error') {
      if (frame.error.type !== 'overloaded_error')
        tally.problem('answers.errors', `${name} attaches: ${JSON.stringify(frame.error)}`);
      setTimeout(() => follow(about.sessionId), ATTACH_AGAIN_MS);
    } else if (about.leaves) views.get(about.sessionId).end();
    else if ('first_seq' in frame.result) views.get(about.sessionId).begin(frame.result.first_seq);
  };

  const follow = (sessionId: string) => ask('session.attach', sessionId, { after: views.get(sessionId).contiguous });

  const connect = () => {
    const current = new WebSocket(url, { headers: { authorization: `Bearer ${apiKey}` }, handshakeTimeout: 5000 });
    socket = current;
    asked = new Map();
    views.endAll();
    current.on('open', () => {
      for (const { id } of sessions) follow(id);
      outbox.flush();
    });
    current.on('message', (data: Buffer) => {
      if (current === socket) receive(JSON.parse(data.toString()) as ServerFrame);
    });
    current.on('error', () => undefined);
    current.on('close', (code) => {
      if (current !== socket) return;
      tally.add(`closed.${code}`);
      views.endAll();
      if (!closed) reconnect = setTimeout(connect, RECONNECT_MS.least + Math.random() * RECONNECT_MS.most);
    });
  };
  const say = (index: number) => outbox.add(makeSend(index));
  const makeSend = (index: number): OnceFrame => {
    const session = pickSession(sessions, index);
    return ledger.makeSend(session.id, session);
  };

  const act = async (step: Act): Promise<void> => {
    switch (step.kind) {
      case 'send':
        return say(step.session);
      case 'create':
        return outbox.add(ledger.makeCreate());
      case 'update':
        await untilOpen();
        return transmit(ledger.makeUpdate(pickSession(sessions, step.session).id));
      case 'repeat': {
        const frame = ledger.pick(step.frame);
        if (frame === undefined) return undefined;
        await untilOpen();
        transmit(frame);
        return relayElsewhere(frame);
      }
      case 'reorder': {
        await untilOpen();
        const made = Array.from({ length: step.count }, () => makeSend(step.session));
        for (const frame of made.toReversed()) outbox.add(frame);
        return made[0] && transmit(made[0]);
      }
      case 'disconnect':
        await untilOpen();
        if ((frames += 1) % 2 === 0) proxy.cut();
        else socket?.terminate();
        return undefined;
      case 'freeze': {
        await untilOpen();
        const frozen = socket;
        frozen?.pause();
        say(step.session);
        await pause(step.ms);
        return frozen?.resume();
      }
      case 'half-open':
      case 'deafen':
        await untilOpen();
        if (step.kind === 'deafen') {
          proxy.deafen();
          say(step.session);
        } else proxy.freeze();
        await pause(step.ms);
        proxy.thaw();
        // The other end is left to find out by itself.
        return socket?.terminate();
      case 'reattach': {
        await untilOpen();
        const { id } = pickSession(sessions, step.session);
        const { contiguous } = views.get(id);
        if (step.back % 2 === 0) ask('session.detach', id);
        const after = contiguous - (step.back % (contiguous + 1));
        return ask('session.attach', id, { after, ...(step.tail !== undefined && { tail: step.tail }) });
      }
    }
  };

  connect();
  return {
    name,
    views: views.all,
    async act(step) {
      await act(step);
      tally.add(`fault.${step.kind}`);
    },
    relay: transmit,
    settle: outbox.settle,
    async catchUp(lastSeqs) {
      await untilOpen();
      for (const [sessionId, lastSeq] of lastSeqs) {
        if (views.get(sessionId).contiguous < lastSeq) follow(sessionId);
        await waitFor(
          `${name} has read ${sessionId} to ${lastSeq}, not ${views.get(sessionId).contiguous}`,
          () => views.get(sessionId).contiguous >= lastSeq,
          20_000,
        );
      }
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      clearTimeout(reconnect);
      outbox.close();
      socket?.terminate();
    },
  };
}
