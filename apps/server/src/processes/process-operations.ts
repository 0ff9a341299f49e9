import {
  CspError,
  type ProcessList,
  type ProcessPoolResource,
  type ProcessResource,
} from '@claude-sdk-pattern/protocol';

import { may } from '../access/may.ts';
import { findRelation } from '../access/relation.ts';
import type { Actor } from '../identity/actor.ts';
import type { Supervisor, WatchedTree } from './supervisor.ts';
import type { WarmPoolState } from './warm-pool.ts';
import type { ProcessHolder } from './process-holder.ts';
import type { Places } from './places.ts';

/** Commands of an operator for the process of a session. */
export type ProcessCommand = 'restart' | 'hibernate' | 'interrupt' | 'end';

/** All processes in a few figures. */
export interface ProcessSummary {
  /** Of sessions, those that start included. */
  processes: number;
  maxProcesses: number;
  /** Sessions that wait for one. */
  queueLength: number;
  pool: ProcessPoolResource;
  /** What the trees take, spares included; shared pages once where the host says so. */
  bytes: number;
}

export interface ProcessOperations {
  summarize(): ProcessSummary;
  /**
   * Every process tree with its session; as the last sweep, some seconds ago at most, has measured it. Titles of sessions
   * that the actor may not read are left out.
   */
  list(actor: Actor): ProcessList;
  /**
   * `restart` replaces the process, and a running turn goes on; `hibernate` waits for the end of the turn; `interrupt` stops
   * the turn, `end` also the process. Resolves when it is under way.
   * @throws CspError `not_found` when the session has no process.
   */
  run(actor: Actor, sessionId: string, command: ProcessCommand): Promise<void>;
  /** Bytes that the process of a session takes with all that it runs, as measured last; null where it is not known. */
  measure(sessionId: string): number | null;
}

export interface ProcessOperationsDeps {
  holders(): readonly ProcessHolder[];
  supervisor: Pick<Supervisor, 'trees'>;
  places: Pick<Places, 'waiting'>;
  pool: { readonly state: WarmPoolState };
  limits: { maxProcesses: number; maxRssBytes: number; maxDurationSeconds: number };
  /** The id of this server. */
  nodeId: string;
}

/** Operators' view of all processes, whoever owns the sessions. Methods throw `permission_denied` for everybody else. */
export function createProcessOperations(deps: ProcessOperationsDeps): ProcessOperations {
  const { holders, supervisor, places, pool, limits, nodeId } = deps;
  return {
    summarize: () => ({
      processes: holders().filter(({ process }) => process.state !== 'none').length,
      maxProcesses: limits.maxProcesses,
      queueLength: places.waiting,
      pool: toPoolResource(pool.state),
      bytes: supervisor.trees.reduce((sum, { pssBytes, rssBytes }) => sum + (pssBytes ?? rssBytes), 0),
    }),
    list(actor) {
      assertMayOperate(actor, 'process.read');
      const trees = new Map(supervisor.trees.map((tree) => [tree.id, tree]));
      const ofSessions = holders().flatMap((holder) => {
        const { state, processId } = holder.process;
        const tree = processId === undefined ? undefined : trees.get(processId);
        return state === 'none' ? [] : [toResource(actor, holder, tree)];
      });
      const claimed = new Set(holders().map((holder) => holder.process.processId));
      const spares = supervisor.trees
        .filter(({ owner, id }) => owner.sessionId === null && !claimed.has(id))
        .map((tree) => toSpare(tree));
      return {
        data: [...ofSessions, ...spares],
        next_page: null,
        limits: {
          max_processes: limits.maxProcesses,
          max_rss_bytes: limits.maxRssBytes,
          max_duration_seconds: limits.maxDurationSeconds,
        },
        queue_length: places.waiting,
        node_id: nodeId,
        pool: toPoolResource(pool.state),
      };
    },

    measure(sessionId) {
      const tree = supervisor.trees.find(({ owner }) => owner.sessionId === sessionId);
      return tree === undefined ? null : (tree.pssBytes ?? tree.rssBytes);
    },

    async run(actor, sessionId, command) {
      assertMayOperate(actor, 'process.control');
      const holder = holders().find((each) => each.session.id === sessionId);
      if (holder === undefined || holder.process.state === 'none')
        throw new CspError('not_found', `Session ${sessionId} has no process`);
      switch (command) {
        case 'restart':
          return holder.restart('requested', { when: 'now' });
        case 'hibernate':
          return holder.hibernateWhenIdle('requested');
        case 'interrupt':
          return holder.interrupt();
        case 'end':
          return holder.end();
      }
    },
  };
}

function assertMayOperate(actor: Actor, action: 'process.read' | 'process.control'): void {
  if (may(actor, action, 'none')) return;
  throw new CspError('permission_denied', 'Only operators and administrators may do this. Ask an administrator');
}

function toPoolResource(state: WarmPoolState): ProcessPoolResource {
  const { ready, starting, wanted, failures, lastFailure, readyByProfile, totals } = state;
  return {
    ...{ ready, starting, wanted, kinds: readyByProfile.size, ...totals },
    ...{ start_failures: failures, last_failure: lastFailure ?? null },
  };
}

function toResource(actor: Actor, holder: ProcessHolder, tree: WatchedTree | undefined): ProcessResource {
  const { session, process } = holder;
  const mayRead = may(actor, 'session.read', findRelation(actor, session));
  const isWorking = holder.idleSinceMs === undefined;
  return {
    type: 'process',
    session_id: session.id,
    title: mayRead ? session.title : null,
    owner: { id: session.ownerId, name: null },
    agent: { id: session.agentId, name: null },
    pid: tree?.pid ?? null,
    state: process.state === 'starting' || process.state === 'queued' ? 'starting' : isWorking ? 'working' : 'idle',
    start: process.startedAs ?? null,
    ...toUse(tree),
  };
}

function toSpare(tree: WatchedTree): ProcessResource {
  return {
    type: 'process',
    session_id: null,
    title: null,
    owner: null,
    agent: null,
    pid: tree.pid,
    state: 'spare',
    start: null,
    ...toUse(tree),
  };
}

type Use = Pick<ProcessResource, 'age_seconds' | 'rss_bytes' | 'pss_bytes' | 'cpu_seconds' | 'processes' | 'samples'>;

/** Nothing yet for a process that is newer than the last sweep. */
function toUse(tree: WatchedTree | undefined): Use {
  return {
    age_seconds: Math.round(tree?.ageSeconds ?? 0),
    rss_bytes: tree?.rssBytes ?? 0,
    pss_bytes: tree?.pssBytes ?? null,
    cpu_seconds: tree?.cpuSeconds ?? 0,
    processes: (tree?.processes ?? []).map(({ pid, parentPid, name, rssBytes }) => ({
      pid,
      parent_pid: parentPid,
      name,
      rss_bytes: rssBytes,
    })),
    samples: (tree?.samples ?? []).map(({ atMs, rssBytes, pssBytes, cpuSeconds }) => ({
      at: new Date(atMs).toISOString(),
      rss_bytes: rssBytes,
      pss_bytes: pssBytes,
      cpu_seconds: cpuSeconds,
    })),
  };
}
