import { chown, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { EventFrame, ServerFrame, SessionEvent } from '@claude-sdk-pattern/protocol';
import { connectRawWebSocket, type RawWebSocket, type TestServer } from '@claude-sdk-pattern/testkit';

type ToolUse = Extract<SessionEvent, { type: 'agent.tool_use' }>;
/** A person's answer to a call; undefined leaves the call unanswered and the session waiting. */
export type Answer = { result: 'allow' | 'deny'; deny_message?: string; answers?: Record<string, string> } | undefined;

export interface DriveOptions {
  messages: readonly string[];
  title?: string;
  agent?: string;
  /** Files that exist in the workspace before the session begins. */
  files?: Readonly<Record<string, string>>;
  /** Sends the messages without waiting for turns. */
  leaveRunning?: boolean;
  /** Allows every call by default. */
  answer?: (call: ToolUse) => Answer;
}

const TURN_TIMEOUT_MS = 60_000;

/**
 * Sends a session's messages without a browser and answers its calls. Resolves with the session's id when its turns
 * have ended, or when a call is left unanswered.
 */
export async function driveSession(server: TestServer, options: DriveOptions): Promise<string> {
  await using socket = await connectRawWebSocket(server, { apiKey: server.apiKey });
  const created = await socket.request({
    type: 'session.create',
    session: {
      ...(options.title !== undefined && { title: options.title }),
      ...(options.agent !== undefined && { agent: options.agent }),
    },
  });
  if (created.type !== 'reply') throw new Error(`No session: ${JSON.stringify(created)}`);
  const { id } = (created.result as { session: { id: string } }).session;
  await writeFiles(join(server.dataDir, 'workspaces', id), options.files ?? {});

  for (const message of options.messages) {
    const from = socket.frames.length;
    await send(socket, id, { type: 'user.message', content: [{ type: 'text', text: message }] });
    if (options.leaveRunning === true) continue;
    if (!(await playTurn(socket, id, from, options.answer ?? (() => ({ result: 'allow' }))))) break;
  }
  return id;
}

/** Answers calls until the turn has ended. Returns false if a call is left unanswered. */
async function playTurn(
  socket: RawWebSocket,
  sessionId: string,
  from: number,
  answer: (call: ToolUse) => Answer,
): Promise<boolean> {
  // Every status repeats the calls that wait until their answers are stored.
  const answered = new Set<string>();
  for (let next = from; ;) {
    const idle = await socket.waitFor(
      (frame) => socket.frames.indexOf(frame) >= next && eventOf(frame)?.type === 'session.status_idle',
      TURN_TIMEOUT_MS,
    );
    next = socket.frames.indexOf(idle) + 1;
    const event = eventOf(idle);
    if (event?.type !== 'session.status_idle' || event.stop_reason.type !== 'requires_action') return true;
    for (const callId of event.stop_reason.event_ids.filter((each) => !answered.has(each))) {
      const call = socket.frames.map(eventOf).find((each) => each?.id === callId);
      const given = call?.type === 'agent.tool_use' ? answer(call) : undefined;
      if (given === undefined) return false;
      answered.add(callId);
      await send(socket, sessionId, { type: 'user.tool_confirmation', tool_use_id: callId, ...given });
    }
  }
}

async function send(socket: RawWebSocket, sessionId: string, event: object): Promise<void> {
  const reply = await socket.request({ type: 'session.send', session_id: sessionId, events: [event] });
  if (reply.type !== 'reply') throw new Error(`Not sent: ${JSON.stringify(reply)}`);
}

function eventOf(frame: ServerFrame): SessionEvent | undefined {
  return frame.type === 'event' ? (frame satisfies EventFrame).event : undefined;
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
    await giveToOwner(folder, name);
  }
}

/**
 * If the tests run as root, agents run as another user, who owns the workspace and must be able to write the tests'
 * files.
 */
async function giveToOwner(folder: string, name: string): Promise<void> {
  const { uid, gid } = await stat(folder);
  for (let path = name; path !== '.'; path = dirname(path)) await chown(join(folder, path), uid, gid);
}
