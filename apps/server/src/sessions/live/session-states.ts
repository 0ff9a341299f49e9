import { CspError } from '@claude-sdk-pattern/protocol';

import type { DecidingHookHandler } from '../../hooks/hook-handler.ts';
import { resolvesWithin } from '../../lib/within.ts';
import type { Store } from '../../store/port.ts';
import type { Session } from '../../store/sessions.ts';
import type { StateReason } from '../../store/state-reason.ts';
import type { WorkspaceState } from '../../store/workspace-states.ts';
import type { TerminalUsers } from '../../terminals/terminals.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { RecordedState } from '../../workspaces/history/record-state.ts';
import type { WorkspaceHistories } from '../../workspaces/history/workspace-histories.ts';
import type { WorkspaceHistory } from '../../workspaces/history/workspace-history.ts';
import { forgetOldStates } from '../forget-old-states.ts';

export interface SessionStatesDeps {
  /** Undefined where nothing is recorded. */
  histories: Pick<WorkspaceHistories, 'of'> | undefined;
  store: Pick<Store, 'workspaceStates'>;
  /** Names where the files of this server are; see `SessionDeps`. */
  placeId: string;
  /** Of the recorded states on disk. */
  maxBytes: number;
  session(): Session;
  /** Who uses terminals of the session; see `Terminals`. */
  terminals: { hasUsers(): boolean; takeUsers(): TerminalUsers };
  logger: Logger;
  /** Tells the people of the session. */
  notify(text: string): void;
}

/** The states of one session's workspace: when they are recorded, and that no tool call comes before. */
export interface SessionStates {
  /** A turn begins, and `before` it so many had been. Returns at once. */
  beginTurn(before: number): void;
  /** A turn has ended. Returns at once. */
  endTurn(turn: number): void;
  /** Keeps tool calls back until the state before them is recorded. */
  handler: DecidingHookHandler;
  /** Resolves when what is to be recorded by now is, or could not be. */
  whenRecorded(): Promise<void>;
  /** A person is about to change files by hand. After a turn, waits until the state before is recorded. */
  beforeEdit(turn: number | undefined, userId: string): Promise<void>;
  /** Records the files as they are now. @throws CspError where that is not possible. */
  record(reason: StateReason, turn: number): Promise<WorkspaceState>;
  /** @throws CspError `state_conflict` where nothing is recorded. */
  readonly history: WorkspaceHistory;
  /** Resolves when what was begun is recorded, at the latest after some seconds. */
  close(): Promise<void>;
}

/** The first words of a turn come before. A tool call that comes earlier does not wait for it. */
const BEGIN_DELAY_MS = 500;
/** A tool call waits so long, then runs. */
const MAX_WAIT_MS = 60_000;
const CLOSE_WAIT_MS = 5000;

export const NOT_RECORDED =
  'The changes of workspaces are not recorded on this server (CLAUDE_SDK_PATTERN_WORKSPACE_HISTORY_MB is 0)';

/**
 * A turn never waits for a recording; its first tool call does. Between the end of a turn and that call nothing of the agent
 * changes files, so that the state is exact however late it is recorded.
 */
export function createSessionStates(deps: SessionStatesDeps): SessionStates {
  const { histories, store, placeId, session, terminals, logger } = deps;
  /** What is being recorded, or undefined. */
  let pending: Promise<unknown> | undefined;
  let due: { timer: NodeJS.Timeout; before: number } | undefined;
  let newest: WorkspaceState | undefined;
  /** Whether files may have changed since the newest state. What happened before the session was in memory is not known. */
  let isTouched = true;
  /** Who has changed files by hand since the newest state. */
  const editors = new Set<string>();
  let isFailureTold = false;
  let changesSinceTidy = 0;

  const getHistory = (): WorkspaceHistory => {
    if (histories === undefined) throw new CspError('state_conflict', NOT_RECORDED);
    return histories.of(session().agentSessionId);
  };

  const record = async (reason: StateReason, turn: number, madeBy: readonly string[] = []): Promise<WorkspaceState> => {
    const history = getHistory();
    const { id: sessionId } = session();
    let before = newest ?? (await findNewest(store, { sessionId, placeId }));
    const { id: state, leftOut, ...recorded } = await history.record();
    isTouched = false;
    editors.clear();
    if (before && ![state, recorded.before].includes(before.state) && !(await history.has(before.state))) {
      logger.warn(
        { session_id: sessionId },
        'the recorded states of a session are gone from the disk; they begin anew',
      );
      await forgetAll(store, { sessionId, placeId });
      before = newest = undefined;
    }
    // A rewind has its two rows also where nothing changes: one without the other was cut short.
    const isOfRewind = reason === 'before_rewind' || reason === 'rewind';
    if (before?.state === state && before.turn === turn && !isOfRewind) return (newest = before);
    const changedFiles = await countChanges(history, { from: before?.state, to: state, recorded });
    newest = await store.workspaceStates.add(sessionId, {
      ...{ turn, reason, state, madeBy, changedFiles, leftOut, placeId },
    });
    if (changedFiles > 0) changesSinceTidy += 1;
    if (changesSinceTidy >= TIDY_AFTER) {
      changesSinceTidy = 0;
      await forgetOldStates({ history, store, sessionId, placeId, maxBytes: deps.maxBytes });
    }
    return newest;
  };

  /** What people have left behind the turn is theirs, and no change of the next one. */
  const recordOfPeople = (turn: number): Promise<WorkspaceState> => {
    const { typed, open } = terminals.takeUsers();
    // A terminal in which nothing was typed since has no part in what was edited.
    if (editors.size > 0) return record('edit', turn, [...new Set([...editors, ...typed])]);
    const users = [...new Set([...typed, ...open])];
    return record(users.length > 0 ? 'terminal' : 'edit', turn, users);
  };

  const recordBeside = (work: () => Promise<unknown>) => {
    const run = (pending ?? Promise.resolve()).then(work).catch((error: unknown) => {
      logger.warn({ err: error }, 'the state of a workspace could not be recorded');
      if (!isFailureTold)
        deps.notify('The files of this session could not be recorded, so that its changes may be incomplete.');
      isFailureTold = true;
    });
    pending = run;
    void run.then(() => {
      if (pending === run) pending = undefined;
    });
  };

  const beginDue = () => {
    if (due === undefined) return;
    clearTimeout(due.timer);
    const { before } = due;
    due = undefined;
    recordBeside(async () => {
      newest ??= await findNewest(store, { sessionId: session().id, placeId });
      if (newest?.turn !== before) {
        terminals.takeUsers();
        await record(newest === undefined ? 'beginning' : 'turn', before);
        // What the turn before left was recorded when it ended.
      } else if (isTouched || terminals.hasUsers()) await recordOfPeople(before);
    });
  };

  /** What the session is given is no change of it. */
  const isMounting = () => session().resources.some(({ state }) => state === 'pending');
  const beginLater = (before: number): void => {
    due = {
      before,
      timer: setTimeout(() => (isMounting() ? beginLater(before) : beginDue()), BEGIN_DELAY_MS),
    };
  };

  return {
    beginTurn(before) {
      if (histories === undefined) return;
      // What the turn before left is recorded, or is being recorded.
      const isRecorded = newest?.turn === before || pending !== undefined;
      if (isRecorded && !isTouched && !terminals.hasUsers()) return;
      beginLater(before);
    },
    endTurn(turn) {
      if (histories === undefined) return;
      // A turn without tool calls may be over before.
      beginDue();
      recordBeside(() => record('turn', turn));
    },
    handler: {
      ...{ event: 'PreToolUse', name: 'workspace-states', onFailure: 'skip', timeLimitMs: MAX_WAIT_MS },
      handle() {
        beginDue();
        return pending?.then(() => undefined);
      },
    },
    async whenRecorded() {
      if (!isMounting()) beginDue();
      await pending;
    },
    async beforeEdit(turn, userId) {
      if (histories === undefined) return;
      await pending;
      if (turn !== undefined && (editors.size > 0 || terminals.hasUsers())) await recordOfPeople(turn);
      else if (turn !== undefined && isTouched) await record('before_edit', turn);
      isTouched = true;
      editors.add(userId);
    },
    async record(reason, turn) {
      await pending;
      // What a rewind takes back may be people's, and is to be found as theirs.
      if (reason === 'before_rewind' && (editors.size > 0 || terminals.hasUsers())) await recordOfPeople(turn);
      return record(reason, turn);
    },
    get history() {
      return getHistory();
    },
    async close() {
      clearTimeout(due?.timer);
      due = undefined;
      if (pending !== undefined) await resolvesWithin(pending, CLOSE_WAIT_MS);
    },
  };
}

/** So many states with changes are added before old ones are looked for. */
const TIDY_AFTER = 25;

/** Files that differ between two states; asks git only where the recording compared with another one. */
async function countChanges(
  history: WorkspaceHistory,
  {
    from,
    to,
    recorded,
  }: { from: string | undefined; to: string; recorded: Pick<RecordedState, 'before' | 'changedFiles'> },
): Promise<number> {
  if (from === undefined || from === to) return 0;
  return from === recorded.before ? recorded.changedFiles : (await history.list(from, to)).length;
}

async function forgetAll(
  store: Pick<Store, 'workspaceStates'>,
  { sessionId, placeId }: { sessionId: string; placeId: string },
): Promise<void> {
  const states = (await store.workspaceStates.list(sessionId)).filter((each) => each.placeId === placeId);
  await store.workspaceStates.forget(
    sessionId,
    states.map(({ ordinal }) => ordinal),
  );
}

/** The newest state whose files can be had here. */
async function findNewest(
  store: Pick<Store, 'workspaceStates'>,
  { sessionId, placeId }: { sessionId: string; placeId: string },
): Promise<WorkspaceState | undefined> {
  return (await store.workspaceStates.list(sessionId)).findLast((each) => each.placeId === placeId);
}
