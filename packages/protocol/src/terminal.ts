import { z } from 'zod';

import type { EventActor } from './event-actor.ts';

/** The most columns or rows of a terminal. */
const MAX_TERMINAL_CELLS = 1000;

const cells = z.number().int().min(1).max(MAX_TERMINAL_CELLS);
/** The size of a terminal, in characters. */
export const terminalSize = z.object({ columns: cells, rows: cells });

/** A terminal in the sandbox of a session, beside its agent. */
export interface TerminalResource {
  id: string;
  session_id: string;
  /** ISO 8601. */
  created_at: string;
  opened_by: EventActor;
  state: 'running' | 'ended';
  end: TerminalEnd | null;
}

export const TERMINAL_END_REASONS = [
  'exited',
  'closed',
  'idle',
  'stopped',
  'rights',
  'session',
  'memory',
  'server',
  'start_failed',
] as const;

/**
 * Why a terminal ended: its shell did (`exited`), a person closed it, nothing happened in it for long (`idle`), an operator stopped
 * work, who opened it may not use it any more (`rights`), its session or its folder is gone, it used too much memory, the server
 * stops, or it could not be started.
 */
export interface TerminalEnd {
  reason: (typeof TERMINAL_END_REASONS)[number];
  /** Of the shell, where it ended by itself. */
  exit_code: number | null;
}

/** GET /api/v1/sessions/{id}/terminals */
export interface TerminalList {
  /** Oldest first; those that have ended stay for a minute. */
  data: TerminalResource[];
  /** Why none can be opened, as a sentence; null where one can. */
  problem: string | null;
}

/**
 * What a client says as JSON on the WebSocket of a terminal; what is typed goes as binary frames. `ack` says up to which number
 * it has shown: the server sends no more than `TERMINAL_WINDOW_BYTES` beyond it.
 */
export const terminalClientFrame = z.discriminatedUnion('type', [
  z.object({ type: z.literal('terminal.resize'), ...terminalSize.shape }),
  z.object({ type: z.literal('terminal.ack'), position: z.number().int().min(0) }),
]);
export type TerminalClientFrame = z.output<typeof terminalClientFrame>;

/**
 * What the server says as JSON there. Binary frames are what the terminal shows, each byte one number: the first after
 * `terminal.attached` or `terminal.reset` has the number `position`.
 */
export type TerminalServerFrame =
  /** `end` is the number after the newest byte: what comes before it has been shown to somebody. */
  | { type: 'terminal.attached'; position: number; end: number; terminal: TerminalResource }
  /** The bytes before are not kept any more: clear the screen. */
  | { type: 'terminal.reset'; position: number }
  /** After the last byte. */
  | { type: 'terminal.ended'; end: TerminalEnd };
