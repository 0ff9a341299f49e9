import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';

import type { SDKMessage } from '@anthropic-ai/claude-agent-sdk';
import type { SessionResource } from '@claude-sdk-pattern/protocol';
import { pino } from 'pino';
import { WebSocketServer, type WebSocket } from 'ws';

import { readFixture } from '../../../apps/server/src/agent-process/translate/fixtures/translation-harness.ts';
import {
  createLastingAccess,
  NO_RATE_LIMIT,
} from '../../../apps/server/src/gateway/entrance/fixtures/access-harness.ts';
import { serveChatSocket } from '../../../apps/server/src/gateway/chat/chat-socket.ts';
import { createPresence } from '../../../apps/server/src/gateway/chat/presence.ts';
import { createOpenWork } from '../../../apps/server/src/gateway/entrance/open-work.ts';
import { toTestActor } from '../../../apps/server/src/access/fixtures/actor-harness.ts';
import { systemClock } from '../../../apps/server/src/lib/clock.ts';
import { ToolDecisions } from '../../../apps/server/src/permissions/tool-decisions.ts';
import { AgentMessages, type AgentMessagesOptions } from '../../../apps/server/src/turns/agent-messages.ts';
import type { SessionService } from '../../../apps/server/src/sessions/session-service.ts';
import { ToolUseIndex } from '../../../apps/server/src/permissions/tool-use-index.ts';
import { openBenchJournal, type BenchJournal } from './bench-journal.ts';
import { readMicroseconds, type Commands } from './control.ts';
import { openBareStore } from './bare-store.ts';
import { createSampleEvent } from './sample-event.ts';

const TEXT_BYTES = 500;
const WAIT_ABOVE_BYTES = 1024 * 1024;
/** A recorded turn of the Agent SDK with text and a tool call. */
const FIXTURE = 'tool-use';
const PACE_MS = 2;

export interface Relayed {
  startedAt: number;
  /** The processor time of sending, in microseconds, until the last frame was handed to the socket. */
  cpu: number;
}

/** Both sides of the comparison in one process, with their commands. Over 100 lines: the commands share the journal. */
export async function openWireSides(url: string): Promise<{ commands: Commands; ours: string; raw: string }> {
  let journal: BenchJournal | undefined;
  const getJournal = (): BenchJournal => {
    if (journal === undefined) throw new Error('There are no sessions yet');
    return journal;
  };
  const service: Pick<SessionService, 'attach'> = {
    async attach(_caller, sessionId, { after, subscriber, onReady }) {
      onReady({ session: { id: sessionId } as SessionResource, last_seq: after });
      return getJournal().journal.subscribe(sessionId, after, subscriber);
    },
  };
  const access = createLastingAccess();
  const ours = await listen((socket, carrier) =>
    serveChatSocket({
      socket,
      carrier,
      sessions: service as SessionService,
      overview: { watch: () => () => undefined },
      presence: createPresence(),
      work: createOpenWork(),
      rate: NO_RATE_LIMIT,
      access: access.open(toTestActor('bench')),
      correlation: {},
      logger: pino({ level: 'silent' }),
    }),
  );
  const sockets = new Set<WebSocket>();
  const raw = await listen((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });

  const measure = async (work: () => Promise<void>): Promise<Relayed> => {
    const startedAt = readMicroseconds();
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    return { startedAt, cpu: user + system };
  };
  const broadcast = async (frame: Buffer) => {
    for (const socket of sockets) socket.send(frame, { binary: false });
    for (const socket of sockets) while (socket.bufferedAmount > WAIT_ABOVE_BYTES) await setImmediate();
  };

  const commands: Commands = {
    async makeSessions({ sessions }: { sessions: number }) {
      await journal?.[Symbol.asyncDispose]();
      journal = await openBenchJournal(url, sessions);
      return journal.sessions.map(({ id }) => id);
    },
    /** Every session appends its share; each event is appended when the last one is durable. */
    live: ({ events }: { events: number }) =>
      measure(async () => {
        const { sessions, journal: ourJournal } = getJournal();
        const share = events / sessions.length;
        await Promise.all(
          sessions.map(async ({ id, fence }) => {
            for (let made = 0; made < share; made += 1)
              await ourJournal.append({ sessionId: id, fence, events: [createSampleEvent(TEXT_BYTES)] });
          }),
        );
      }),
    /** Fills the first session, for readers that attach afterwards. */
    async fill({ events }: { events: number }) {
      const { sessions, journal: ourJournal } = getJournal();
      const [session] = sessions;
      if (session === undefined) return;
      for (let left = events; left > 0; left -= 1000) {
        const batch = Array.from({ length: Math.min(left, 1000) }, () => createSampleEvent(TEXT_BYTES));
        await ourJournal.append({ sessionId: session.id, fence: session.fence, events: batch });
      }
    },
    /** Sends the bytes of as many frames as `live` sends directly to every socket. */
    raw: ({ events }: { events: number }) =>
      measure(async () => {
        // Encoded once, which is the least work for `ws`.
        const event = JSON.stringify(createSampleEvent(TEXT_BYTES));
        const frame = Buffer.from(toFrame('sesn_01m82fngjzejzjtweswkt9rx92', 1, event));
        for (let sent = 0; sent < events; sent += 1) {
          await broadcast(frame);
          if (sent % 64 === 0) await setImmediate();
        }
      }),
    /**
     * The same, with each event made durable in SQLite before it is sent, and as many in parallel as `live` has
     * sessions. This is the minimum cost.
     */
    storedRaw: ({ events }: { events: number }) =>
      measure(async () => {
        await using store = await openBareStore();
        const event = JSON.stringify(createSampleEvent(TEXT_BYTES));
        const frame = Buffer.from(toFrame('sesn_01m82fngjzejzjtweswkt9rx92', 1, event));
        const atOnce = getJournal().sessions.length;
        for (let sent = 0; sent < events; sent += atOnce) {
          await store.append(Array.from({ length: Math.min(atOnce, events - sent) }, () => event));
          for (let each = sent; each < Math.min(sent + atOnce, events); each += 1) await broadcast(frame);
        }
      }),
    /** Sends an SDK message every few milliseconds. Returns, for each resulting frame, the time of its message. */
    async tell({ turns }: { turns: number }): Promise<{ cameAt: number[]; stored: boolean[] }> {
      const [session] = getJournal().sessions;
      if (session === undefined) throw new Error('There is no session');
      return tellMessages({ turns, bench: getJournal(), session });
    },
    /** The number of frames that result from this many turns. */
    countFrames: async ({ turns }: { turns: number }) => turns * (await countFrames()),
    /** The same bytes at the same pace, sent directly. */
    async tellRaw({ frames }: { frames: readonly string[] }): Promise<number[]> {
      const cameAt: number[] = [];
      for (const frame of frames) {
        await pause(PACE_MS);
        cameAt.push(readMicroseconds());
        for (const socket of sockets) socket.send(frame);
      }
      return cameAt;
    },
    pid: () => process.pid,
  };
  return { commands, ours, raw };
}

async function countFrames(): Promise<number> {
  let frames = 0;
  const messages = createMessages({
    onEvents: async (events) => void (frames += events.length),
    onPreview: () => void (frames += 1),
  });
  for (const message of readFixture(FIXTURE)) await messages.handle(message);
  return frames;
}

async function tellMessages(options: {
  turns: number;
  bench: BenchJournal;
  session: { id: string; fence: number };
}): Promise<{ cameAt: number[]; stored: boolean[] }> {
  const { turns, bench, session } = options;
  const { id: sessionId, fence } = session;
  const cameAt: number[] = [];
  const stored: boolean[] = [];
  let now = 0;
  const note = (isStored: boolean) => {
    cameAt.push(now);
    stored.push(isStored);
  };
  const messages = createMessages({
    async onEvents(events) {
      for (const _ of events) note(true);
      await bench.journal.append({ sessionId, fence, events });
    },
    onPreview(preview) {
      note(false);
      bench.journal.preview(sessionId, preview);
    },
  });
  const recorded: SDKMessage[] = readFixture(FIXTURE);
  for (let turn = 0; turn < turns; turn += 1) {
    for (const message of recorded) {
      await pause(PACE_MS);
      now = readMicroseconds();
      await messages.handle(message);
    }
    messages.reset();
  }
  return { cameAt, stored };
}

/** The platform's own translation, in a session that allows every tool. */
function createMessages(options: Pick<AgentMessagesOptions, 'onEvents' | 'onPreview'>): AgentMessages {
  return new AgentMessages({
    ...options,
    clock: systemClock,
    logger: pino({ level: 'silent' }),
    decisions: new ToolDecisions({
      evaluate: () => ({
        ...{ permission: 'allow', reason: 'Every call runs', rule: undefined },
        source: { layer: 'default', rule: null },
      }),
    }),
    toolUses: new ToolUseIndex(),
    findMcpTool: () => undefined,
    findHookPlugin: () => undefined,
    findPlugin: () => undefined,
    findCustomTool: () => undefined,
    isAnswered: () => false,
    takeKeptResult: () => undefined,
    workspaceDir: () => '/workspace',
    hidden: () => [],
    onSignal: async () => undefined,
    onDecided: () => undefined,
    onAsk: () => undefined,
    onToolDone: async () => undefined,
    onRequestStart: async () => undefined,
  });
}

function toFrame(sessionId: string, seq: number, json: string): string {
  return `{"type":"event","session_id":"${sessionId}","seq":${seq},"event":${json}}`;
}

async function listen(serve: (socket: WebSocket, carrier: Duplex) => void): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket, request) => serve(socket, request.socket));
  await once(server, 'listening');
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
