import {
  CspError,
  type RewindResult,
  type WorkspaceChange,
  type WorkspaceChanges,
  type WorkspaceDiff,
  type WorkspaceStateResource,
} from '@claude-sdk-pattern/protocol';

import { toFactActor } from '../audit/fact.ts';
import type { Actor } from '../identity/actor.ts';
import { shareNextRun } from '../lib/share-next-run.ts';
import type { Session } from '../store/sessions.ts';
import type { WorkspaceState } from '../store/workspace-states.ts';
import type { BranchSteps } from '../turns/branch-conversation.ts';
import { toShownPath } from '../workspaces/history/git-path.ts';
import type { FileDiff, FileDifference } from '../workspaces/history/list-changes.ts';
import type { RecordedState } from '../workspaces/history/record-state.ts';
import type { WorkspaceHistory } from '../workspaces/history/workspace-history.ts';
import { findMakers } from './find-makers.ts';
import { findEndState, findState, type StateReference } from './find-state.ts';
import type { LiveSession } from './live/live-session.ts';
import { NOT_RECORDED } from './live/session-states.ts';
import type { SessionAccess } from './session-access.ts';
import type { SessionDeps } from './session-deps.ts';

/** Two states to compare; from the oldest one to the files as they are now where nothing else is said. */
export interface Compared {
  from?: StateReference | undefined;
  to?: StateReference | undefined;
}

export interface RewindOptions {
  eventId: string;
  /** Tells what would change, and changes nothing. */
  preview: boolean;
  /** Has the conversation go on from another place in the same step. */
  branch?: (steps: BranchSteps) => Promise<unknown>;
}

/** What changed in the workspaces of sessions, and the way back. Every method throws `not_found` for a session that the actor may not see. */
export interface SessionWorkspace {
  listStates(actor: Actor, sessionId: string): Promise<WorkspaceStateResource[]>;
  /** With `path` only that file, with its difference. */
  compare(
    actor: Actor,
    sessionId: string,
    compared: Compared & { limit: number; path?: string | undefined },
  ): Promise<WorkspaceChanges>;
  /**
   * Makes the files what they were before a message, or before files were taken back.
   * @throws CspError `state_conflict` while a turn runs, and where a file that is not recorded would be overwritten.
   */
  rewindFiles(actor: Actor, sessionId: string, options: RewindOptions): Promise<NonNullable<RewindResult['files']>>;
}

export interface SessionWorkspaceDeps extends Pick<SessionDeps, 'store' | 'histories' | 'placeId' | 'findUsers'> {
  access: SessionAccess;
  getLive(sessionId: string): Promise<LiveSession>;
  /** Whether this server may write what is recorded of the session: where servers share it, only the one that has the session in memory. */
  mayRecord(sessionId: string): boolean;
  /** Resolves when the states of a session in memory are recorded up to now. */
  whenRecorded(sessionId: string): Promise<void> | undefined;
}

/** Of a preview; more than a person reads. */
const MAX_LISTED = 200;

export function createSessionWorkspace({
  store,
  histories,
  placeId,
  findUsers,
  access,
  mayRecord,
  getLive,
  whenRecorded,
}: SessionWorkspaceDeps): SessionWorkspace {
  /** Whoever looks at the same moment looks at the same recording. */
  const looking = new WeakMap<WorkspaceHistory, () => Promise<RecordedState | Error>>();

  const lookAt = async (history: WorkspaceHistory): Promise<RecordedState> => {
    const look =
      looking.get(history) ??
      shareNextRun(() =>
        history.record().catch((error: unknown) => (error instanceof Error ? error : new Error(String(error)))),
      );
    looking.set(history, look);
    const seen = await look();
    if (seen instanceof Error) throw seen;
    return seen;
  };

  const open = async ({ id: sessionId, agentSessionId }: Session) => {
    if (histories === undefined) throw new CspError('state_conflict', NOT_RECORDED);
    await whenRecorded(sessionId);
    const states = (await store.workspaceStates.list(sessionId)).filter((each) => each.placeId === placeId);
    return { history: histories.of(agentSessionId), states, looked: { store, sessionId, states } };
  };

  const compare = async (session: Session, { from, to }: Compared) => {
    const { history, states, looked } = await open(session);
    const begin = from === undefined ? states[0] : await findState(looked, from);
    const end = to === undefined ? undefined : await findEndState(looked, to);
    const now = end === undefined && mayRecord(session.id) ? await lookAt(history) : undefined;
    // Elsewhere the files are as they were last recorded.
    const last = now === undefined ? (end ?? states.at(-1)) : undefined;
    const reached = now?.id ?? last?.state ?? '';
    return { history, begin, end: last, reached, leftOut: (now ?? last)?.leftOut ?? NOTHING_LEFT_OUT };
  };

  /** An account that is gone has no name any more. */
  const findNames = async (ids: readonly string[]): Promise<(id: string) => string> => {
    const users = ids.length === 0 ? new Map<string, { name: string }>() : await findUsers([...new Set(ids)]);
    return (id) => users.get(id)?.name ?? id;
  };
  const describe = async (states: readonly WorkspaceState[]): Promise<WorkspaceStateResource[]> => {
    const toName = await findNames(states.flatMap(({ madeBy }) => madeBy));
    return states.map((state) => toStateResource(state, toName));
  };
  const describeOne = async (state: WorkspaceState | undefined): Promise<WorkspaceStateResource | null> =>
    (state && (await describe([state]))[0]) ?? null;

  return {
    async listStates(actor, sessionId) {
      const { session } = await access.get(actor, 'session.read', sessionId);
      return describe((await open(session)).states);
    },

    async compare(actor, sessionId, { limit, path, ...compared }) {
      const { session } = await access.get(actor, 'session.read', sessionId);
      const { history, begin, end, reached, leftOut } = await compare(session, compared);
      const states = begin && { from: begin.state, to: reached };
      const one = path === undefined ? undefined : states && (await history.readDiff({ ...states, shownPath: path }));
      const all = path === undefined && states ? await history.list(states.from, states.to) : [];
      const differences = one === undefined ? all : [one.difference];
      return {
        from: await describeOne(begin),
        to: await describeOne(end),
        ...(one === undefined
          ? toListed(differences, limit)
          : { data: [{ ...toChange(one.difference), diff: toDiff(one.diff) }], total: 1 }),
        added: sum(differences, 'added'),
        removed: sum(differences, 'removed'),
        left_out: leftOut,
      };
    },

    async rewindFiles(actor, sessionId, { eventId, preview, branch }) {
      const { session } = await access.get(actor, 'session.rewind', sessionId);
      const { history, states, looked } = await open(session);
      const target = await findState(looked, eventId);
      const [state = toStateResource(target, (id) => id)] = await describe([target]);
      if (preview) {
        const now = mayRecord(sessionId) ? (await lookAt(history)).id : states.at(-1)?.state;
        const differences = await history.list(now ?? target.state, target.state);
        const inTheWay = await history.findInTheWay(differences);
        const makers = await findMakers(history, states, target);
        const toName = await findNames([...makers.values()].flatMap((ids) => [...ids]));
        const { data, total } = toListed(differences, MAX_LISTED);
        return {
          state,
          data: data.map((change) => ({ ...change, made_by: toPeople([...(makers.get(change.path) ?? [])], toName) })),
          ...{ total, in_the_way: inTheWay.map(toShownPath), event_id: null },
        };
      }
      const live = await getLive(sessionId);
      const by = { actor: { id: actor.userId, name: actor.name }, fact: toFactActor(actor) };
      const rewound = await live.rewindFiles({ eventId, target, by }, branch);
      return { state, ...toListed(rewound.differences, MAX_LISTED), in_the_way: [], event_id: rewound.eventId };
    },
  };
}

const NOTHING_LEFT_OUT = { count: 0, paths: [] };

function toStateResource(
  { ordinal, turn, reason, madeBy, ...state }: WorkspaceState,
  toName: (userId: string) => string,
): WorkspaceStateResource {
  return {
    ...{ ordinal, turn, reason, made_by: toPeople(madeBy, toName) },
    changed_files: state.changedFiles,
    left_out: state.leftOut,
    created_at: state.createdAt,
  };
}

function toPeople(ids: readonly string[], toName: (userId: string) => string): WorkspaceStateResource['made_by'] {
  return ids.map((id) => ({ id, name: toName(id) }));
}

function toListed(differences: readonly FileDifference[], limit: number): Pick<WorkspaceChanges, 'data' | 'total'> {
  return { data: differences.slice(0, limit).map(toChange), total: differences.length };
}

function toChange({ path, status, added, removed }: FileDifference): WorkspaceChange {
  return { path: toShownPath(path), status, added, removed };
}

function toDiff(diff: FileDiff): WorkspaceDiff {
  return diff.type === 'text'
    ? { kind: 'text', text: diff.diff, truncated: diff.isTruncated, size_before: null, size_after: null }
    : { kind: diff.type, text: null, truncated: false, size_before: diff.sizeBefore, size_after: diff.sizeAfter };
}

function sum(differences: readonly FileDifference[], side: 'added' | 'removed'): number {
  return differences.reduce((total, difference) => total + (difference[side] ?? 0), 0);
}
