import type { EventFrame, ServerFrame, SessionEvent } from '@claude-sdk-pattern/protocol';
import { connectRawWebSocket, type RawWebSocket, type TestServer } from '@claude-sdk-pattern/testkit';

/** How a message went. */
export interface Said {
  /** What the person saw, in order, without repetitions. */
  seen: string[];
  /** From sending to the end of the turn, or to the refusal, in milliseconds. */
  ms: number;
  isAnswered: boolean;
  isAcknowledged: boolean;
}

/** One session, seen as its user sees it. */
export interface WatchedSession extends AsyncDisposable {
  readonly id: string;
  /** Says a text with a token that is found again. Resolves when the turn has ended, or the message was refused. */
  say(options?: { patienceMs?: number }): Promise<Said>;
  /** Tokens of the messages that the server has acknowledged. */
  readonly acknowledged: readonly string[];
  /** Sentences about messages that the journal lost or has twice, and about gaps in it. */
  findProblems(): Promise<string[]>;
}

const PATIENCE_MS = 90_000;
let count = 0;

export async function openWatchedSession(server: TestServer): Promise<WatchedSession> {
  let isClosed = false;
  const open = async () => {
    const opened = await connectRawWebSocket(server, { apiKey: server.apiKey });
    isClosed = false;
    void opened.closed.then(() => (isClosed = true));
    return opened;
  };
  let socket = await open();
  const created = await socket.request({ type: 'session.create' });
  if (created.type !== 'reply') throw new Error(`No session was made: ${JSON.stringify(created)}`);
  const { id } = (created.result as { session: { id: string } }).session;
  const acknowledged: string[] = [];

  /** A socket that works: the server may have been restarted. */
  const connect = async (): Promise<RawWebSocket> => {
    if (!isClosed) return socket;
    socket = await open();
    await socket.request({ type: 'session.attach', session_id: id, after: 0 });
    return socket;
  };

  return {
    id,
    acknowledged,
    async say({ patienceMs = PATIENCE_MS } = {}) {
      const current = await connect();
      const token = `[said ${(count += 1)}]`;
      const from = current.frames.length;
      const startedAt = performance.now();
      const event = { type: 'user.message', content: [{ type: 'text', text: `${token} Go on.` }] };
      const answer = await current.request({ type: 'session.send', session_id: id, events: [event] });
      const toMs = () => performance.now() - startedAt;
      if (answer.type !== 'reply') {
        const { message } = answer.type === 'error' ? answer.error : { message: 'an answer of another kind' };
        const seen = [`refused: ${message}`];
        return { seen, ms: toMs(), isAnswered: false, isAcknowledged: false };
      }
      acknowledged.push(token);
      const [{ seq }] = (answer.result as unknown as { events: [{ seq: number }] }).events;
      const isEnd = (frame: ServerFrame) =>
        frame.type === 'event' && frame.session_id === id && frame.seq > seq && isEndOfTurn(frame.event);
      const ended = await current.waitFor(isEnd, patienceMs).then(
        () => true,
        () => false,
      );
      const seen = toSeen(current.frames.slice(from), id);
      const isAnswered = ended && seen.includes('the answer');
      return { seen: ended ? seen : [...seen, 'nothing more'], ms: toMs(), isAnswered, isAcknowledged: true };
    },
    async findProblems() {
      const reader = await connectRawWebSocket(server, { apiKey: server.apiKey });
      try {
        const attached = await reader.request({ type: 'session.attach', session_id: id, after: 0 });
        if (attached.type !== 'reply') return [`${id} cannot be read: ${JSON.stringify(attached)}`];
        const { last_seq: last } = attached.result as unknown as { last_seq: number };
        await reader.waitFor(
          (frame) => frame.type === 'event' && frame.session_id === id && frame.seq === last,
          PATIENCE_MS,
        );
        const events = reader.frames.filter(
          (frame): frame is EventFrame => frame.type === 'event' && frame.session_id === id,
        );
        const gaps = events.filter(({ seq }, index) => seq !== index + 1).length;
        const text = events
          .filter(({ event }) => event.type === 'user.message')
          .map(({ event }) => JSON.stringify(event));
        const wrong = acknowledged.flatMap((token) => {
          const times = text.filter((each) => each.includes(token)).length;
          return times === 1 ? [] : [`${token} stands ${times} times in the journal of ${id}`];
        });
        return [...(gaps > 0 ? [`the journal of ${id} has ${gaps} events out of order`] : []), ...wrong];
      } finally {
        await reader[Symbol.asyncDispose]();
      }
    },
    [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
  };
}

function isEndOfTurn(event: SessionEvent): boolean {
  return event.type === 'session.status_idle';
}

function toSeen(frames: readonly ServerFrame[], id: string): string[] {
  const seen: string[] = [];
  const add = (sentence: string) => {
    if (!seen.includes(sentence)) seen.push(sentence);
  };
  for (const frame of frames) {
    if (frame.type === 'model.outage') add('a banner: the model API does not answer');
    if (frame.type !== 'event' || frame.session_id !== id) continue;
    const { event } = frame;
    if (event.type === 'session.retry_scheduled') {
      add(
        event.is_outage === true
          ? 'it waits for the model'
          : `it is tried again (${event.error_status ?? 'no answer'})`,
      );
    } else if (event.type === 'session.error') add(`an error: ${event.error.message}`);
    else if (event.type === 'agent.message') add('the answer');
    else if (event.type === 'session.process_restarting') add('its process starts again');
  }
  return seen;
}
