import type { EventFrame, SessionEvent, UserEventParams } from '@claude-sdk-pattern/protocol';
import { connectRawWebSocket, type RawWebSocket, type TestServer } from '@claude-sdk-pattern/testkit';

type EventOf<T extends SessionEvent['type']> = Extract<SessionEvent, { type: T }>;

/** One session of a real server, driven over a raw WebSocket. */
export interface Chat extends AsyncDisposable {
  readonly sessionId: string;
  readonly socket: RawWebSocket;
  /** All events that have arrived, in the order of their arrival. */
  readonly events: SessionEvent[];
  readonly seqs: number[];
  send(...events: UserEventParams[]): Promise<{ id: string; seq: number }[]>;
  say(text: string): Promise<{ id: string; seq: number }[]>;
  /** Resolves with the nth event of a type, from 1. */
  waitForEvent<T extends SessionEvent['type']>(
    type: T,
    predicate?: (event: EventOf<T>) => boolean,
  ): Promise<EventOf<T>>;
  /** Resolves when as many turns as said have ended. */
  waitForTurns(count: number): Promise<void>;
  eventsOf<T extends SessionEvent['type']>(type: T): EventOf<T>[];
}

export interface ChatOptions {
  session?: Record<string, unknown>;
  /** Attaches to this session instead of making one. */
  sessionId?: string;
  after?: number;
  tail?: number;
}

const TIMEOUT_MS = 40_000;

export async function openChat(server: Pick<TestServer, 'url' | 'apiKey'>, options: ChatOptions = {}): Promise<Chat> {
  const socket = await connectRawWebSocket(server, { apiKey: server.apiKey });
  const opened = await socket.request(
    options.sessionId === undefined
      ? { type: 'session.create', ...(options.session && { session: options.session }) }
      : {
          type: 'session.attach',
          session_id: options.sessionId,
          after: options.after ?? 0,
          ...(options.tail !== undefined && { tail: options.tail }),
        },
  );
  if (opened.type !== 'reply') throw new Error(`The session was not opened: ${JSON.stringify(opened)}`);
  const { session } = opened.result as { session: { id: string } };
  const frames = () =>
    socket.frames.filter((frame): frame is EventFrame => frame.type === 'event' && frame.session_id === session.id);

  const chat: Chat = {
    sessionId: session.id,
    socket,
    get events() {
      return frames().map(({ event }) => event);
    },
    get seqs() {
      return frames().map(({ seq }) => seq);
    },
    async send(...events) {
      const answer = await socket.request({ type: 'session.send', session_id: session.id, events });
      if (answer.type !== 'reply') throw new Error(`Not sent: ${JSON.stringify(answer)}`);
      return (answer.result as { events: { id: string; seq: number }[] }).events;
    },
    say: (text) => chat.send({ type: 'user.message', content: [{ type: 'text', text }] }),
    async waitForEvent<T extends SessionEvent['type']>(
      type: T,
      predicate: (event: EventOf<T>) => boolean = () => true,
    ) {
      const frame = await socket.waitFor(
        (each) =>
          each.type === 'event' &&
          each.session_id === session.id &&
          each.event.type === type &&
          predicate(each.event as EventOf<T>),
        TIMEOUT_MS,
      );
      return (frame as EventFrame).event as EventOf<T>;
    },
    async waitForTurns(count) {
      await socket.waitFor(() => {
        const completed = chat.events.findLastIndex((event) => event.type === 'session.turn_completed');
        const idle = chat.events.slice(completed + 1).some((event) => event.type === 'session.status_idle');
        return idle && chat.eventsOf('session.turn_completed').length >= count;
      }, TIMEOUT_MS);
    },
    eventsOf: <T extends SessionEvent['type']>(type: T) =>
      chat.events.filter((event): event is EventOf<T> => event.type === type),
    [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
  };
  return chat;
}

/** The texts of the agent's messages, in order. */
export function textsOf(chat: Chat): string[] {
  return chat
    .eventsOf('agent.message')
    .map((event) => event.content.map((block) => (block.type === 'text' ? block.text : '')).join(''));
}
