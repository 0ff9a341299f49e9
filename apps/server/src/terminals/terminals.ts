import { createId, CspError, type TerminalEnd, type TerminalResource } from '@claude-sdk-pattern/protocol';

import type { AuditRecorder } from '../audit/audit-log.ts';
import { SYSTEM, toFactActor, toKeyDetails } from '../audit/fact.ts';
import type { Host, Networking, TerminalSize } from '../hosts/host.ts';
import type { Actor } from '../identity/actor.ts';
import type { Clock, UptimeClock } from '../lib/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import { toLentDir } from '../workspaces/session-dirs.ts';
import type { Workspace } from '../workspaces/workspaces.ts';
import { SHELL, toShellEnvironment } from './shell.ts';
import type { OpenTerminalDoor } from './terminal-door.ts';
import { Terminal } from './terminal.ts';

/** The session of a terminal, as it is when that is opened. */
export interface TerminalPlace {
  sessionId: string;
  ownerId: string;
  agentId: string;
  agentSessionId: string;
  workspace: Workspace;
  /** Undefined: the host's default. */
  networking: Networking | undefined;
}

export interface TerminalsDeps {
  host: Pick<Host, 'start' | 'terminalProblem' | 'agentUser'>;
  audit: Pick<AuditRecorder, 'record'>;
  clock: Clock & UptimeClock;
  logger: Logger;
  /** PATH of terminals. */
  path: string;
  openDoor: OpenTerminalDoor;
  limits: { total: number; perUser: number; maxRssBytes: number; idleMs: number };
}

/** A terminal with what people see of it. */
export interface OpenTerminal {
  readonly terminal: Terminal;
  readonly place: TerminalPlace;
  readonly openedBy: string;
  readonly resource: TerminalResource;
}

interface Entry {
  terminal: Terminal;
  place: TerminalPlace;
  actor: Actor;
  id: string;
  createdAtMs: number;
  endedBy: Actor | undefined;
}

/** Of more sessions it is forgotten who used terminals in the one that was first. */
const MAX_SESSIONS = 10_000;
/** So that who was away sees the last words. */
const KEEP_ENDED_MS = 60_000;
const CHECK_MS = 15_000;

/** People by their ids. */
export interface TerminalUsers {
  /** Who has typed since they were asked for the last time. */
  typed: readonly string[];
  /** Who has a terminal open: what runs there may change files as well. */
  open: readonly string[];
}

/** All terminals of this server: it starts them, and ends those that have no reason any more. */
export class Terminals {
  readonly #deps: TerminalsDeps;
  readonly #entries = new Map<string, Entry>();
  readonly #forgetting = new Set<NodeJS.Timeout>();
  /** By session: who has used terminals since `takeUsers`. */
  readonly #users = new Map<string, Set<string>>();
  /** Whose do not run yet. */
  readonly #starting: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(deps: TerminalsDeps) {
    this.#deps = deps;
  }

  start(): void {
    const { host, limits, logger } = this.#deps;
    if (limits.total > 0 && host.terminalProblem !== undefined)
      logger.warn({ reason: host.terminalProblem }, 'no terminals can be opened');
    this.#timer = setInterval(() => this.#endIdle(), Math.min(CHECK_MS, limits.idleMs / 2)).unref();
  }

  /** Why nobody can open one, as a sentence without its full stop. */
  get problem(): string | undefined {
    if (this.#deps.limits.total === 0) return 'Terminals are switched off on this server';
    return this.#deps.host.terminalProblem;
  }

  /** For whoever measures the host: they are somebody's. */
  listProcessIds(): string[] {
    return this.#running.map(({ terminal }) => terminal.processId);
  }

  /** Whether somebody has used a terminal of the session since `takeUsers`, or has one open. */
  hasUsers(sessionId: string): boolean {
    return this.#users.has(sessionId) || this.hasOpen(sessionId);
  }

  hasOpen(sessionId: string): boolean {
    return this.#running.some(({ place }) => place.sessionId === sessionId);
  }

  /** Who may have changed files of the session in terminals since the last call. */
  takeUsers(sessionId: string): TerminalUsers {
    const typed = [...(this.#users.get(sessionId) ?? [])];
    const open = this.#running.filter(({ place }) => place.sessionId === sessionId);
    this.#users.delete(sessionId);
    return { typed, open: open.map(({ actor }) => actor.userId) };
  }

  /** Those of a session, oldest first. */
  list(sessionId: string): OpenTerminal[] {
    return [...this.#entries.values()].filter(({ place }) => place.sessionId === sessionId).map(toOpen);
  }

  /** @throws CspError `not_found` */
  get(sessionId: string, id: string): OpenTerminal {
    const entry = this.#entries.get(id);
    if (entry?.place.sessionId === sessionId) return toOpen(entry);
    throw new CspError('not_found', `Session ${sessionId} has no terminal ${id} on this server. Open another one`);
  }

  /**
   * Starts a shell in the session's workspace, in a sandbox as its agent's. It is in the audit log before.
   * @throws CspError `invalid_request` where there are no terminals, `quota_exceeded`, `process_failed`, `stopping`
   */
  async open(actor: Actor, place: TerminalPlace, size: TerminalSize): Promise<OpenTerminal> {
    const { host, audit, clock } = this.#deps;
    this.assertMayOpen(actor);
    this.#starting.push(actor.userId);
    try {
      const id = createId('term', clock.now());
      const held = await place.workspace.hold(
        () => this.#entries.get(id)?.terminal.end('session') ?? done(),
        host.agentUser,
      );
      try {
        await audit.record({
          ...{ actor: toFactActor(actor), action: 'terminal.start', target: { type: 'session', id: place.sessionId } },
          details: { terminal_id: id, ...toKeyDetails(actor) },
        });
        if (this.#isClosed) throw new CspError('stopping', 'The server is stopping');
        return toOpen(this.#start(actor, { id, place, held, size }));
      } catch (error) {
        held[Symbol.dispose]();
        throw error;
      }
    } finally {
      this.#starting.splice(this.#starting.indexOf(actor.userId), 1);
    }
  }

  /** A person closes it. Resolves when nothing of it is left. */
  async close(actor: Actor, { resource: { id } }: OpenTerminal): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    if (entry.terminal.endedAs === undefined) entry.endedBy ??= actor;
    await entry.terminal.end('closed');
    this.#entries.delete(id);
  }

  /** Ends those for which it is said why. */
  endWhere(findReason: (open: OpenTerminal) => TerminalEnd['reason'] | undefined): void {
    for (const entry of this.#running) {
      const reason = findReason(toOpen(entry));
      if (reason !== undefined) void entry.terminal.end(reason);
    }
  }

  /** Ends all. Idempotent. */
  async closeAll(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await Promise.all(this.#running.map(({ terminal }) => terminal.end('server')));
    for (const timer of this.#forgetting) clearTimeout(timer);
  }

  get #running(): Entry[] {
    return [...this.#entries.values()].filter(({ terminal }) => terminal.endedAs === undefined);
  }

  /** @throws CspError as `open` does where there is no room, or there are no terminals at all */
  assertMayOpen(actor: Actor): void {
    const { total, perUser } = this.#deps.limits;
    if (this.#isClosed) throw new CspError('stopping', 'The server is stopping');
    if (this.problem !== undefined) throw new CspError('invalid_request', this.problem);
    const running = this.#running;
    if (running.length + this.#starting.length >= total)
      throw new CspError(
        'quota_exceeded',
        `This server has ${total} terminals open, and may have no more. Close one first`,
      );
    const own = [...running.map((entry) => entry.actor.userId), ...this.#starting].filter(
      (id) => id === actor.userId,
    ).length;
    if (own >= perUser)
      throw new CspError('quota_exceeded', `You have ${own} terminals open, and may have ${perUser}. Close one first`);
  }

  #start(
    actor: Actor,
    { id, place, held, size }: { id: string; place: TerminalPlace; held: Disposable; size: TerminalSize },
  ): Entry {
    const { host, clock, path, limits, openDoor } = this.#deps;
    const { dirs } = place.workspace;
    const { sessionId, ownerId } = place;
    using opened = new DisposableStack();
    const door = opened.use(openDoor({ sessionId, ownerId, terminal: { id, userId: actor.userId } }));
    const process = host.start({
      label: id,
      serves: place.agentSessionId,
      command: SHELL.command,
      args: SHELL.args,
      cwd: dirs.workspace,
      env: { ...toShellEnvironment(dirs, path), ...door.env },
      writableDirs: Object.values(dirs),
      readableDirs: [toLentDir(dirs), ...door.readableDirs],
      networking: place.networking,
      // Its git reaches the door where the model is; its token calls no model.
      callsModel: true,
      maxRssBytes: limits.maxRssBytes,
      terminal: size,
    });
    const createdAtMs = clock.now();
    const terminal = new Terminal(process, {
      uptimeMs: () => clock.uptimeMs(),
      onTyped: () => this.#noteUser(entry),
      onEnding: () => door[Symbol.dispose](),
      onEnded: (end, { stderrTail, error }) => {
        held[Symbol.dispose]();
        this.#noteUser(entry);
        this.#recordEnd(entry, end);
        if (end.reason === 'start_failed' || stderrTail !== '')
          this.#deps.logger.warn({ terminal_id: id, stderr: stderrTail, err: error }, 'a terminal has failed');
        this.#forgetLater(id);
      },
    });
    const entry: Entry = { terminal, place, actor, id, createdAtMs, endedBy: undefined };
    this.#entries.set(id, entry);
    opened.move();
    return entry;
  }

  #noteUser({ place: { sessionId }, actor }: Entry): void {
    const users = this.#users.get(sessionId) ?? new Set();
    this.#users.delete(sessionId);
    this.#users.set(sessionId, users.add(actor.userId));
    const [oldest] = this.#users.keys();
    if (this.#users.size > MAX_SESSIONS && oldest !== undefined) this.#users.delete(oldest);
  }

  #recordEnd({ id, place, actor, createdAtMs, endedBy }: Entry, end: TerminalEnd): void {
    const { audit, clock, logger } = this.#deps;
    const by = endedBy ?? (end.reason === 'exited' ? actor : undefined);
    audit
      .record({
        ...{ actor: by ? toFactActor(by) : SYSTEM, action: 'terminal.end' },
        target: { type: 'session', id: place.sessionId },
        details: {
          ...{ terminal_id: id, opened_by: actor.userId, reason: end.reason, exit_code: end.exit_code },
          seconds: Math.round((clock.now() - createdAtMs) / 1000),
        },
      })
      .catch((error: unknown) =>
        logger.error({ err: error, terminal_id: id }, 'the end of a terminal was not recorded'),
      );
  }

  #forgetLater(id: string): void {
    const timer = setTimeout(() => {
      this.#forgetting.delete(timer);
      this.#entries.delete(id);
    }, KEEP_ENDED_MS).unref();
    this.#forgetting.add(timer);
  }

  #endIdle(): void {
    const { clock, limits } = this.#deps;
    const now = clock.uptimeMs();
    this.endWhere(({ terminal }) => (now - terminal.activeAtMs >= limits.idleMs ? 'idle' : undefined));
  }
}

async function done(): Promise<void> {}

function toOpen({ terminal, place, actor, id, createdAtMs }: Entry): OpenTerminal {
  const end = terminal.endedAs ?? null;
  return {
    ...{ terminal, place, openedBy: actor.userId },
    resource: {
      ...{ id, session_id: place.sessionId, created_at: new Date(createdAtMs).toISOString() },
      opened_by: { id: actor.userId, name: actor.name },
      state: end === null ? 'running' : 'ended',
      end,
    },
  };
}
