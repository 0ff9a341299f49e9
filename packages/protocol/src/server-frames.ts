import type { ClientFrameType } from './client-frames.ts';
import type { ErrorBody } from './errors.ts';
import type { OverviewResource } from './overview.ts';
import type { PreviewEvent, SessionEvent } from './session-events.ts';
import type { SessionResource } from './session-resource.ts';
import type { PresentPerson } from './session-share.ts';
import type { ToldStop } from './stop.ts';
import type { ToldStorageProblem } from './storage-problem.ts';

/** Where the conversation goes on from. */
export interface BranchedReply {
  /** The `seq` of the last event that it keeps. */
  head_seq: number;
  /** The `seq` of the `session.branched` event; null where the conversation was there already. */
  seq: number | null;
}

/** `result` of the `reply` to each client frame. */
export interface ReplyResults {
  'session.create': { session: SessionResource; last_seq: number };
  /** `first_seq` is ours: the `seq` of the first event that follows, `last_seq + 1` where none does yet. */
  'session.attach': { session: SessionResource; last_seq: number; first_seq: number };
  'session.detach': Record<string, never>;
  'session.send': { events: { id: string; seq: number }[] };
  'session.rerun': { events: { id: string; seq: number }[] };
  'session.rewind': BranchedReply;
  'session.switch': BranchedReply;
  'session.update': { session: SessionResource };
  'session.fork': { session: SessionResource; last_seq: number };
  'session.withdraw': Record<string, never>;
  'session.wake': Record<string, never>;
  'session.typing': Record<string, never>;
  'session.retry_now': Record<string, never>;
  'sessions.watch': Record<string, never>;
  'overview.watch': Record<string, never>;
  'overview.unwatch': Record<string, never>;
}

export interface ReplyFrame<T extends Exclude<ClientFrameType, 'ping'> = Exclude<ClientFrameType, 'ping'>> {
  type: 'reply';
  id: string;
  result: ReplyResults[T];
}

export interface ErrorFrame {
  type: 'error';
  id: string | null;
  error: ErrorBody;
  retry_after_ms?: number;
}

export interface EventFrame {
  type: 'event';
  session_id: string;
  seq: number;
  event: SessionEvent;
}

export interface PreviewFrame {
  type: 'preview';
  session_id: string;
  event: PreviewEvent;
}

/** To connections that watch: a session was created or changed (title, status, mode, pin, archive). */
export interface SessionFrame {
  type: 'session';
  session: SessionResource;
}

/** To connections that watch, or follow the session: it was deleted. No frame of it follows. */
export interface SessionDeletedFrame {
  type: 'session.deleted';
  session_id: string;
}

/**
 * To connections that watch, or follow the session: it is not shared with the user any more. A connection that follows
 * it is then closed with 4003.
 */
export interface SessionUnsharedFrame {
  type: 'session.unshared';
  session_id: string;
}

/**
 * To connections that follow the session: who else has it open, the user included, each person once. Not stored, and
 * sent at most a few times a second. Nobody who is alone gets one, except when the last of the others has left.
 */
export interface PresenceFrame {
  type: 'session.presence';
  session_id: string;
  people: readonly PresentPerson[];
}

/** To connections that watch: other plugins serve new processes from now on, as `GET /api/v1/plugins` has them. */
export interface PluginsChangedFrame {
  type: 'plugins.changed';
}

/**
 * To connections that watch: no upstream of the model API takes calls, so new turns are refused. Sent when an outage begins or a
 * try has failed, and first of all to a connection that begins to watch in one.
 */
export interface ModelOutageFrame {
  type: 'model.outage';
  /** ISO 8601: from when on a call tries whether it still lasts; null when it has ended. */
  retry_at: string | null;
}

/**
 * To connections that watch: an operator has stopped the work of all, or of this user, or this server takes no new turns. New
 * messages are refused until that is lifted. Sent when it begins, changes or ends, and first of all to a connection that begins to
 * watch while it lasts.
 */
export interface WorkStoppedFrame {
  type: 'work.stopped';
  /** Null when nothing is stopped any more. */
  stop: ToldStop | null;
}

/**
 * To connections that watch: the server can store nothing new, so messages are refused. Sent when that begins, when another reason
 * takes its place and when it ends, and first of all to a connection that begins to watch while it lasts.
 */
export interface StorageProblemFrame {
  type: 'storage.problem';
  /** Null when the server can store again. */
  problem: ToldStorageProblem | null;
}

/** To connections of operators that watch it: how the server is now, every few seconds. A slow client gets fewer. */
export interface OverviewFrame {
  type: 'overview';
  overview: OverviewResource;
}

export interface PongFrame {
  type: 'pong';
  id: string;
}

/** Every frame that the server may send on `/ws/v1/chat`. Readers ignore types that they do not know. */
export type ServerFrame =
  | ReplyFrame
  | ErrorFrame
  | EventFrame
  | PreviewFrame
  | SessionFrame
  | SessionDeletedFrame
  | SessionUnsharedFrame
  | PresenceFrame
  | PluginsChangedFrame
  | ModelOutageFrame
  | WorkStoppedFrame
  | StorageProblemFrame
  | OverviewFrame
  | PongFrame;
