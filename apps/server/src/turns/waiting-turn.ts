import { randomUUID } from 'node:crypto';

import { CspError } from '@claude-sdk-pattern/protocol';

import { GOES_ON } from '../agent-process/agent-environment.ts';
import { needsServers, type CallResumption } from '../agent-process/resume-calls.ts';
import { toCutOffResult } from '../agent-process/translate/close-tool-uses.ts';
import { findHiddenInResult } from '../agent-process/translate/hidden-in-result.ts';
import type { UptimeClock } from '../lib/clock.ts';
import type { ReplayedMessage } from '../model-gateway/replayed-message.ts';
import { SERVER_RESTARTED } from '../processes/to-restart.ts';
import type { SessionApprovals } from '../permissions/session-approvals.ts';
import type { ToolDecisions } from '../permissions/tool-decisions.ts';
import type { Store } from '../store/port.ts';
import type { AgentMessages } from './agent-messages.ts';
import type { SessionOrder } from './session-order.ts';
import type { SessionProcess } from './session-process.ts';
import type { SessionRecord } from './session-record.ts';
import type { SessionTurns } from './session-turns.ts';
import { findWaitingCalls, planWaitingCalls, type WaitingCall, type WaitingCalls } from './waiting-calls.ts';

export interface WaitingTurnDeps {
  store: Pick<Store, 'events' | 'approvals' | 'transcripts'>;
  clock: UptimeClock;
  /** How long a turn that waits for people keeps its process. */
  idleTimeoutMs: number;
  record: SessionRecord;
  order: Pick<SessionOrder, 'enqueue' | 'tell'>;
  process: Pick<SessionProcess, 'state' | 'kill' | 'release' | 'ensure' | 'send'>;
  turns: Pick<SessionTurns, 'running' | 'noteProcessLetGo' | 'recoverWaiting'>;
  approvals: Pick<
    SessionApprovals,
    'pending' | 'hasExpired' | 'mayBeUnanswerable' | 'restore' | 'denyExpired' | 'handOverUnanswerable'
  >;
  decisions: Pick<ToolDecisions, 'restore'>;
  messages: Pick<AgentMessages, 'expectReplay'>;
  /** Whether the journal has the result that a program has sent for the call. */
  isAnswered(toolUseId: string): boolean;
  /** Whether tasks run beside the conversation: the process stays for them. */
  hasTasks(): boolean;
  /** The process was let go: forgets the calls that only it knew. */
  onLetGo(): void;
}

/**
 * The running turn while it waits for people. Its calls outlast its process: it lets the process go, and when people have
 * answered, the next process makes the calls again.
 */
export interface WaitingTurn {
  /** Whether the turn has calls that no process has. */
  readonly hasCalls: boolean;
  /** Whether a process is to make the calls again and has not got them yet. */
  readonly hasReplay: boolean;
  /** Has a process started for calls that no process has, once all of them are answered; false where there are none. */
  takeUp(): boolean;
  /** After the process has ended: the turn waits on without one; false where it cannot. */
  keep(): Promise<boolean>;
  /** After the process has ended: the next one gives the agent results of custom tools again that it may lack. */
  keepAnswered(): Promise<void>;
  /** After a dead server: the turn waits as it did, with the ids that people know, and without a process. */
  recover(found: WaitingCalls): Promise<void>;
  /** Called every few seconds: denies what has expired, hands over what only operators may allow, and lets the process of a turn go that waits for long. */
  sweep(): void;
  /**
   * Has the next process make the calls again that the journal and people know already; undefined where there are none.
   * @throws CspError `internal` when the transcript lacks them.
   */
  planResumption(): Promise<CallResumption | undefined>;
  /** The message with the calls, for the first request of the process that goes on with them. It is given out once. */
  takeReplay(fits: (message: ReplayedMessage) => boolean): ReplayedMessage | undefined;
  /** The turn goes on without the calls. */
  drop(): void;
  /** The turn ends: stores that the calls have no result. */
  cutOff(): Promise<void>;
}

/** Over 100 lines: the methods share what the turn knows of its calls. */
export function createWaitingTurn(deps: WaitingTurnDeps): WaitingTurn {
  const { store, record, order, process, turns, approvals } = deps;
  /** Calls of the turn that wait for people or were answered, and that no process has. */
  let waiting: readonly WaitingCall[] | undefined;
  /** Server uptime since when the turn waits for people with a process. */
  let waitsSinceMs: number | undefined;
  /** How the process that is starting goes on with them. */
  let resumption: CallResumption | undefined;

  const waitsForPeople = () => approvals.pending.size > 0;

  const drop = () => {
    waiting = undefined;
    resumption = undefined;
  };

  const takeUp = () => {
    if (waiting === undefined) return false;
    if (waitsForPeople()) return true;
    const isNew = process.state === 'none';
    if (isNew && needsServers(waiting.map(({ toolName: name }) => ({ name }))))
      process.send({ uuid: randomUUID(), content: GOES_ON, synthetic: true });
    else process.ensure();
    return true;
  };

  const denyExpired = async () => {
    await approvals.denyExpired();
    takeUp();
  };

  /** The calls that wait, where the turn can do without its process. */
  const findKeptCalls = async (): Promise<WaitingCalls | undefined> => {
    if (!waitsForPeople() || turns.running?.interruptedAtMs !== undefined) return undefined;
    const found = await findWaitingCalls(store, record.session);
    const isSame = found?.calls.filter(({ answer }) => answer === undefined).length === approvals.pending.size;
    return found !== undefined && isSame && found.areAll ? found : undefined;
  };

  const keep = async ({ calls }: WaitingCalls) => {
    waiting = calls;
    approvals.restore(calls);
    await turns.noteProcessLetGo();
    await record.append([record.stamp({ type: 'session.process_hibernated', reason: 'waiting' })]);
  };

  const sweepProcess = () => {
    const now = deps.clock.uptimeMs();
    if (!waitsForPeople() || process.state !== 'live') waitsSinceMs = undefined;
    else waitsSinceMs ??= now;
    if (waitsSinceMs === undefined || now - waitsSinceMs <= deps.idleTimeoutMs) return;
    waitsSinceMs = now;
    if (deps.hasTasks()) return;
    order.enqueue(async () => {
      const found = await findKeptCalls();
      if (found === undefined || process.state !== 'live') return;
      process.kill('asked');
      order.tell(() => process.release());
      deps.onLetGo();
      await keep(found);
    });
  };

  return {
    get hasCalls() {
      return waiting !== undefined;
    },
    get hasReplay() {
      return resumption !== undefined;
    },
    takeUp,
    async keep() {
      const found = await findKeptCalls();
      if (found === undefined) return false;
      await keep(found);
      return true;
    },
    async keepAnswered() {
      if (waitsForPeople() || turns.running === undefined || turns.running.interruptedAtMs !== undefined) return;
      const found = await findWaitingCalls(store, record.session);
      if (found === undefined) return;
      waiting = found.calls;
      approvals.restore(found.calls);
    },
    async recover({ calls, isTold }) {
      waiting = calls;
      approvals.restore(calls);
      const told = waitsForPeople()
        ? [record.stamp({ type: 'session.process_hibernated', reason: 'waiting' })]
        : [
            record.stamp({ type: 'session.status_rescheduled' }),
            record.stamp({ type: 'session.process_restarting', ...SERVER_RESTARTED }),
          ];
      const goOn = new Set(calls.map(({ event }) => event.id));
      await turns.recoverWaiting(isTold && waitsForPeople() ? [] : told, goOn);
      await denyExpired();
    },
    sweep() {
      if (approvals.hasExpired) order.enqueue(denyExpired);
      else if (approvals.mayBeUnanswerable) order.enqueue(() => approvals.handOverUnanswerable());
      sweepProcess();
    },
    async planResumption() {
      const calls = waiting;
      if (calls === undefined) return undefined;
      const kept = calls.map(({ approval }) => approval);
      resumption = await planWaitingCalls(store, record.session, kept);
      if (resumption === undefined) throw new CspError('internal', 'The calls that waited are not in the transcript');
      for (const { approval, toolName, input, reason, source } of calls) {
        const decision = { permission: 'ask', reason, rule: undefined, source } as const;
        deps.decisions.restore(approval.toolUseId, { toolName, input, decision });
      }
      const replayed = calls.map(({ approval, event, input }) => ({
        ...{ toolUseId: approval.toolUseId, event, hidden: findHiddenInResult(event, input) },
      }));
      deps.messages.expectReplay(resumption.message.id, replayed);
      return resumption;
    },
    takeReplay(fits) {
      const message = resumption?.message;
      if (message === undefined || !fits(message)) return undefined;
      // From here on the process has the calls.
      drop();
      return message;
    },
    drop,
    async cutOff() {
      const calls = (waiting ?? []).filter(({ approval }) => !deps.isAnswered(approval.toolUseId));
      drop();
      if (calls.length > 0) await record.append(calls.map(({ event }) => record.stamp(toCutOffResult(event))));
    },
  };
}
