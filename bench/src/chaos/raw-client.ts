import type { ServerFrame } from '@claude-sdk-pattern/protocol';
import { WebSocket } from 'ws';

import { pause, waitFor, type ChaosClient, type ChaosClientDeps } from './chaos-client.ts';
import { openChaosClient, type ChaosLine } from './open-chaos-client.ts';
import { createViews, type Views } from './views.ts';

const RECONNECT_MS = { least: 10, most: 120 };
const ATTACH_AGAIN_MS = 200;

/** A plain WebSocket without the client package, which reconnects whenever its connection breaks. */
export function openRawClient(deps: ChaosClientDeps): ChaosClient {
  const views = createViews(deps.name, deps.tally);
  return openChaosClient({ ...deps, views }, (flush) => openRawLine({ ...deps, views, flush }));
}

function openRawLine(deps: ChaosClientDeps & { views: Views; flush: () => void }): ChaosLine {
  const { name, proxy, apiKey, sessions, ledger, tally, views, flush } = deps;
  const url = new URL('/ws/v1/chat', proxy.url.replace('http', 'ws'));
  /** The attaches and detaches in progress on this connection, by the id of their frame. */
  let asked = new Map<string, { sessionId: string; leaves: boolean }>();
  let socket: WebSocket | undefined;
  let reconnect: NodeJS.Timeout | undefined;
  let closed = false;
  let frames = 0;

  const isOpen = () => socket?.readyState === WebSocket.OPEN;
  const transmit = (frame: object) => {
    if (isOpen()) socket?.send(JSON.stringify(frame));
  };

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
      // A client that creates a session also follows it, even if the answer is a repeat.
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
      flush();
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

  connect();
  return {
    untilOpen: () => waitFor(`${name} is connected`, isOpen),
    transmit,
    update: (sessionId) => transmit(ledger.makeUpdate(sessionId)),
    disconnect() {
      if ((frames += 1) % 2 === 0) proxy.cut();
      else socket?.terminate();
    },
    async freeze(ms) {
      const frozen = socket;
      frozen?.pause();
      await pause(ms);
      frozen?.resume();
    },
    // The other end has to notice on its own.
    giveUp: () => socket?.terminate(),
    reattach(sessionId, { after, tail, leaves }) {
      if (leaves) ask('session.detach', sessionId);
      ask('session.attach', sessionId, { after, ...(tail !== undefined && { tail }) });
    },
    resume: follow,
    async [Symbol.asyncDispose]() {
      closed = true;
      clearTimeout(reconnect);
      socket?.terminate();
    },
  };
}
