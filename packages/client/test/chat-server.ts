import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

import type {
  ClientFrame,
  ClientFrameOf,
  ErrorFrame,
  PreviewEvent,
  ServerFrame,
  SessionEvent,
  SessionResource,
} from '@claude-sdk-pattern/protocol';
import { WebSocketServer, type WebSocket } from 'ws';

/** What happens to a client frame: it is served, lost, or served without its answer reaching the client. */
export type Fate =
  | 'serve'
  | 'drop-before'
  | 'drop-after'
  | 'ignore'
  | ErrorFrame['error']
  | Omit<ErrorFrame, 'type' | 'id'>;

export interface ChatServer extends AsyncDisposable {
  url: string;
  /** Every client frame that arrived, except heartbeats. */
  frames: ClientFrame[];
  /** Headers of every upgrade. */
  upgrades: IncomingHttpHeaders[];
  /** The stored events, by session. */
  journals: Map<string, SessionEvent[]>;
  /** Decides what happens to each frame that arrives; by default every frame is served. */
  decide: (frame: ClientFrame) => Fate;
  /** Called for each event frame that is sent; returns how often it is sent. 1 by default. */
  copies: (seq: number) => number;
  /** Whether sockets are accepted; false answers 401. */
  authorized: boolean;
  /** Called after a user's message was stored. */
  onMessage: (sessionId: string) => void;
  append: (sessionId: string, text: string) => number;
  appendEvent: (sessionId: string, event: SessionEvent) => void;
  preview: (sessionId: string, event: PreviewEvent) => void;
  broadcast: (frame: ServerFrame) => void;
  disconnectAll: (code?: number) => void;
}

/** A small server that speaks the protocol over real sockets, with switches for faults. */
export async function startChatServer(): Promise<ChatServer> {
  const answers = new Map<string, unknown>();
  const attached = new Map<WebSocket, Map<string, number>>();
  const http = createServer((_request, response) => response.writeHead(server.authorized ? 200 : 401).end());
  const sockets = new WebSocketServer({ noServer: true });
  let sessions = 0;

  http.on('upgrade', (request, socket, head) => {
    server.upgrades.push(request.headers);
    if (!server.authorized) return socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
    sockets.handleUpgrade(request, socket, head, (opened) => serve(opened));
    return undefined;
  });

  function serve(socket: WebSocket): void {
    attached.set(socket, new Map());
    socket.on('close', () => attached.delete(socket));
    socket.on('message', (data) => receive(socket, JSON.parse((data as Buffer).toString()) as ClientFrame));
  }

  function receive(socket: WebSocket, frame: ClientFrame): void {
    const heartbeat = frame.type === 'ping' && frame.id.startsWith('heartbeat');
    if (!heartbeat) server.frames.push(frame);
    const fate = server.decide(frame);
    if (fate === 'ignore') return;
    if (fate === 'drop-before') return socket.terminate();
    if (typeof fate === 'object') {
      const rest = 'error' in fate ? fate : { error: fate };
      return send(socket, { type: 'error', id: frame.id, ...rest });
    }
    if (frame.type === 'ping') return send(socket, { type: 'pong', id: frame.id });
    const reply = answer(frame);
    if (fate === 'drop-after') return socket.terminate();
    send(socket, reply);
    if (reply.type === 'reply' && frame.type === 'session.attach') follow(socket, frame.session_id, findStart(frame));
    pump();
  }

  function answer(frame: Exclude<ClientFrame, { type: 'ping' }>): ServerFrame {
    const known = answers.get(frame.id);
    if (known !== undefined) return { type: 'reply', id: frame.id, result: known as never };
    const result = carryOut(frame);
    if (result instanceof Refusal) return { type: 'error', id: frame.id, error: result.body };
    if (['session.create', 'session.fork', 'session.send'].includes(frame.type)) answers.set(frame.id, result);
    return { type: 'reply', id: frame.id, result: result as never };
  }

  function carryOut(frame: ClientFrame): Refusal | Record<string, unknown> {
    switch (frame.type) {
      case 'session.create':
      case 'session.fork': {
        const id = `sesn_${(sessions += 1)}`;
        server.journals.set(id, []);
        return { session: toSession(id, 0), last_seq: 0 };
      }
      case 'session.attach': {
        const journal = server.journals.get(frame.session_id);
        if (!journal) return new Refusal({ type: 'not_found_error', message: `No session ${frame.session_id}.` });
        if ((frame.after ?? 0) > journal.length) {
          return new Refusal({ type: 'invalid_request_error', message: 'after is past the end' });
        }
        return {
          session: toSession(frame.session_id, journal.length),
          last_seq: journal.length,
          first_seq: findStart(frame) + 1,
        };
      }
      case 'session.send': {
        const texts = frame.events.map((event) =>
          event.type === 'user.message' ? JSON.stringify(event.content) : event.type,
        );
        const events = texts.map((text) => {
          const seq = server.append(frame.session_id, text);
          return { id: `sevt_${frame.session_id}_${seq}`, seq };
        });
        if (frame.events.some((event) => event.type === 'user.message')) server.onMessage(frame.session_id);
        return { events };
      }
      case 'session.update':
        return { session: { ...toSession(frame.session_id, 0), title: frame.title ?? null } };
      default:
        return {};
    }
  }

  function findStart({ session_id, after = 0, tail }: ClientFrameOf<'session.attach'>): number {
    return tail === undefined ? after : Math.max(after, (server.journals.get(session_id)?.length ?? 0) - tail);
  }

  function follow(socket: WebSocket, sessionId: string, after: number): void {
    attached.get(socket)?.set(sessionId, after);
  }

  /** Sends every attached socket the events that it has not received. */
  function pump(): void {
    for (const [socket, cursors] of attached) {
      for (const [sessionId, cursor] of cursors) {
        const events = server.journals.get(sessionId) ?? [];
        events.slice(cursor).forEach((event, index) => {
          const seq = cursor + index + 1;
          for (let copy = server.copies(seq); copy > 0; copy -= 1)
            send(socket, { type: 'event', session_id: sessionId, seq, event });
        });
        cursors.set(sessionId, events.length);
      }
    }
  }

  const server: ChatServer = {
    url: '',
    frames: [],
    upgrades: [],
    journals: new Map(),
    decide: () => 'serve',
    copies: () => 1,
    authorized: true,
    onMessage: () => {},
    append(sessionId, text) {
      const seq = (server.journals.get(sessionId)?.length ?? 0) + 1;
      server.appendEvent(sessionId, toMessage(`sevt_${sessionId}_${seq}`, text));
      return seq;
    },
    appendEvent(sessionId, event) {
      const journal = server.journals.get(sessionId) ?? [];
      server.journals.set(sessionId, journal);
      journal.push(event);
      pump();
    },
    preview(sessionId, event) {
      for (const [socket, cursors] of attached) {
        if (cursors.has(sessionId)) send(socket, { type: 'preview', session_id: sessionId, event });
      }
    },
    broadcast: (frame) => attached.forEach((_cursors, socket) => send(socket, frame)),
    disconnectAll(code) {
      for (const socket of attached.keys()) {
        if (code === undefined) socket.terminate();
        else socket.close(code);
      }
    },
    async [Symbol.asyncDispose]() {
      sockets.clients.forEach((socket) => socket.terminate());
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };

  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  server.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return server;
}

class Refusal {
  readonly body: ErrorFrame['error'];
  constructor(body: ErrorFrame['error']) {
    this.body = body;
  }
}

function toMessage(id: string, text: string): SessionEvent {
  return { type: 'agent.message', id, content: [{ type: 'text', text }], processed_at: '2026-01-01T00:00:00Z' };
}

function toSession(id: string, lastSeq: number): SessionResource {
  // Only the fields that the client's callers read; the client passes the session on unchanged.
  return { id, type: 'session', title: null, status: 'idle', last_seq: lastSeq } as SessionResource;
}

function send(socket: WebSocket, frame: ServerFrame): void {
  socket.send(JSON.stringify(frame));
}
