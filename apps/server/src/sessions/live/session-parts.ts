import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import {
  hideTexts,
  type BackgroundTask,
  type BackgroundTaskEndReason,
  type SessionRule,
} from '@claude-sdk-pattern/protocol';

import { GOES_ON } from '../../agent-process/agent-environment.ts';
import { findHookPlugin, findPlugin, findPluginOfServer } from '../../agent-process/options/find-plugin.ts';
import { findMcpTool, type ProfileSettings } from '../../agent-process/options/profile-settings.ts';
import { findCustomTool } from '../../definitions/custom-tools.ts';
import type { McpTool } from '../../definitions/mcp-tool-name.ts';
import { toFailedStart, type Exit } from '../../hosts/exit.ts';
import type { OwnerRole } from '../../permissions/owner-role.ts';
import { hasSecondPerson } from '../../permissions/second-person.ts';
import { CustomResults } from '../../permissions/custom-results.ts';
import { SessionApprovals } from '../../permissions/session-approvals.ts';
import { ToolUseIndex } from '../../permissions/tool-use-index.ts';
import type { Session } from '../../store/sessions.ts';
import { findCorrelation } from '../../telemetry/correlation.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { adoptTranscript } from '../../turns/adopt-transcript.ts';
import { AgentMessages } from '../../turns/agent-messages.ts';
import { findRequesters } from '../../turns/find-requesters.ts';
import { appendAgentEvents, handleAgentSignal, type FollowDeps } from '../../turns/follow-agent.ts';
import { cancelLostApprovals } from '../../turns/lost-approvals.ts';
import { HISTORY_LOST } from '../../turns/lost-history.ts';
import { createFallbackModel, type FallbackModel } from '../../turns/fallback-model.ts';
import { MessageDelivery } from '../../turns/message-delivery.ts';
import { ModelCallMeter } from '../../turns/model-call-meter.ts';
import { ModelRetries } from '../../turns/model-retries.ts';
import { planProcess } from '../../turns/plan-process.ts';
import { ProcessLifecycle } from '../../turns/process-lifecycle.ts';
import type { SendDeps } from '../../turns/send-events.ts';
import { SessionFacts } from '../../turns/session-facts.ts';
import { SessionOrder } from '../../turns/session-order.ts';
import { SessionProcess, type ProcessPlan } from '../../turns/session-process.ts';
import { SessionRecord } from '../../turns/session-record.ts';
import { SessionTurns, toSpender } from '../../turns/session-turns.ts';
import { createSubagentPlugins } from '../../turns/subagent-plugins.ts';
import { SessionSpans } from '../../turns/session-spans.ts';
import { createStandstillWatch, findStandstill, type Standstill } from '../../turns/standstill.ts';
import { toMcpResult } from '../../turns/to-mcp-result.ts';
import { createWaitingTurn, type WaitingTurn } from '../../turns/waiting-turn.ts';
import type { SessionDeps } from '../session-deps.ts';
import { SessionFolders } from './session-folders.ts';
import { createSessionMounts, type SessionMounts } from '../resources/session-mounts.ts';
import { createWorkspaceContent } from '../trust/workspace-content.ts';
import { createSessionPolicy, type SessionPolicy } from './session-policy.ts';
import { createSessionStates, type SessionStates } from './session-states.ts';

export interface SessionPartsOptions {
  session: Session;
  /** The fence of the lease under which this server serves the session. */
  fence: number;
  /** How many turns the session has had. */
  turnNumber: number;
  sessionRules: readonly SessionRule[];
  /** The row, or whether there is a process, has changed. */
  onChange(this: void): void;
  /** This server can no longer serve the session: its lease is lost or the store refuses a write. */
  onBroken(this: void, error: unknown): void;
}

/** The parts of one session in memory, connected with each other. */
export interface SessionParts extends SendDeps, FollowDeps {
  retries: ModelRetries;
  /** Decides when the process is released, replaced or ended. */
  lifecycle: ProcessLifecycle;
  owner: OwnerRole;
  waitingTurn: WaitingTurn;
  /** Takes up a turn that would run for ever. */
  standstill: ReturnType<typeof createStandstillWatch>;
  fallback: Pick<FallbackModel, 'model'>;
  /** The recorded states of its workspace. */
  states: SessionStates;
  mounts: SessionMounts;
  /** What the current or the last process started with; undefined before the first one. */
  readonly settings: ProfileSettings | undefined;
  /** What runs beside the conversation, oldest first. */
  backgroundTasks(): readonly BackgroundTask[];
  /** Says that these tasks end with their process. */
  endTasks(reason: BackgroundTaskEndReason): Promise<void>;
  /** Whether a person has to answer before the turn can continue. */
  waitsForPeople(): boolean;
  /** Stores the end of the transcript that a dead process left. */
  adoptTranscript(): Promise<void>;
  judgeAppCall: SessionPolicy['judgeAppCall'];
  /** Starts a process before the next message. */
  warmUp(): void;
  /** Adds a notice of the platform to the session. */
  notice(level: 'info' | 'warning', text: string): Promise<void>;
}

/** The SDK withdraws the calls of a process that has died a moment before it tells that. */
const DEATH_KNOWN_MS = 50;

/** How long the end of a task may take to be read behind the question whether the agent may be told of it. */
const READ_WAIT_MS = 1000;

/** Over 100 lines: it creates the parts of a session and connects them. */
export function createSessionParts(deps: SessionDeps, options: SessionPartsOptions): SessionParts {
  const meter = new ModelCallMeter();
  const toolUses = new ToolUseIndex();
  const customResults = new CustomResults();
  let settings: ProfileSettings | undefined;
  let isLossAnnounced = false;
  const rules: Map<string, SessionRule> = new Map(options.sessionRules.map((rule) => [rule.rule, rule]));
  const logger: Logger = deps.logger.child({ session_id: options.session.id });
  const order: SessionOrder = new SessionOrder({
    ...{ logger, onBroken: options.onBroken },
    correlation: () => ({
      ...{ session_id: options.session.id, turn: turns.running?.number },
      span: findCorrelation()?.span ?? spans?.current,
    }),
  });
  const facts: SessionFacts = new SessionFacts(deps.clock);
  const spans = deps.tracing && new SessionSpans(deps.tracing, () => record.session);
  const record: SessionRecord = new SessionRecord(deps, {
    ...options,
    ...{ facts, spans },
    onFlushFailed: options.onBroken,
  });
  const enqueue = (work: () => Promise<void>) => order.enqueue(work);
  const folders: SessionFolders = new SessionFolders({ workspaces: deps.workspaces, record, enqueue });
  const states = createSessionStates({
    ...{ histories: deps.histories, store: deps.store, placeId: deps.placeId, logger },
    maxBytes: deps.maxHistoryBytes ?? Infinity,
    session: () => record.session,
    terminals: {
      hasUsers: () => deps.terminals?.hasUsers(options.session.id) === true,
      takeUsers: () => deps.terminals?.takeUsers(options.session.id) ?? { typed: [], open: [] },
    },
    notify: (text) => enqueue(() => notice('warning', text)),
  });
  const mounts = createSessionMounts({
    ...{ ...deps, record, logger },
    workspace: () => folders.workspace,
    preview: (event) => deps.journal.preview(options.session.id, event),
    touch: () => turns.touch(),
  });
  const content = createWorkspaceContent({
    ...{ trustedPlugins: deps.trustedPlugins, mounts, logger },
    session: () => record.session,
    workspace: () => folders.workspace,
    settings: () => settings,
    warn: (text) => enqueue(() => notice('warning', text)),
  });
  const policy = createSessionPolicy(deps, {
    states,
    ...{ session: () => record.session, logger, facts, folders, rules },
    ownFolders: () => mounts.folders.held,
    settings: () => settings,
    configDir: () => process.configDir ?? folders.dirs.config,
    notify: (text, level = 'warning') => enqueue(() => notice(level, text)),
    onHookAsks: (toolUseId) => approvals.noteHookQuestion(toolUseId),
    holdReport,
  });
  const { decisions } = policy;
  const messages: AgentMessages = new AgentMessages({
    ...{ clock: deps.clock, logger, decisions, toolUses },
    findMcpTool: findTool,
    findPlugin: (call) => settings && findPlugin(settings, call),
    findHookPlugin: (command) => settings && findHookPlugin(settings, command),
    findCustomTool: findCustom,
    isAnswered: (toolUseId) => customResults.has(toolUseId),
    takeKeptResult: (toolUseId) => process.takeKeptResult(toolUseId),
    workspaceDir: () => folders.dirs.workspace,
    hidden: () => deps.secretsInUse.of(record.session.agentSessionId),
    onDecided: ({ toolUseId, toolName, input }, eventId) =>
      facts.noteDecision(eventId, toolUseId, decisions.decide(toolUseId, toolName, input)),
    onEvents: (events) => appendAgentEvents(parts, events),
    onPreview: (event) => deps.journal.preview(options.session.id, event),
    onSignal: async (signal) => {
      if (signal.type === 'turn_ended') await approvals.dropUnawaited();
      await handleAgentSignal(parts, signal);
    },
    onAsk: (call, event) => approvals.ask(call, event),
    onToolDone: (toolUseId) => approvals.noteDone(toolUseId),
    onRequestStart: () => {
      waitingTurn.drop();
      return approvals.dropUnawaited(null);
    },
  });
  const subagents = createSubagentPlugins((call) => settings && findPlugin(settings, call));
  const approvals: SessionApprovals = new SessionApprovals({
    ...{ sessionId: options.session.id, store: deps.store, clock: deps.clock },
    timeoutMs: deps.approvalTimeoutMs,
    ...{ decisions, toolUses, customResults },
    findMcpTool: findTool,
    findPlugin: (call) => settings && findPlugin(settings, call),
    findCommandPlugins: policy.findCommandPlugins,
    decideChanged: policy.decideChanged,
    findPluginOfServer: (server) => settings && findPluginOfServer(settings, server),
    findCustomTool: findCustom,
    findRequesters: () => findRequesters(deps.store, record.session),
    hasSecondPerson: (fourEyes) => hasSecondPerson(deps, record.session, fourEyes),
    turnState: () => {
      const turn = turns.running;
      const isGoing = process.state !== 'live' || process.hasEnded;
      if (isGoing || turn?.interruptedAtMs !== undefined) return 'ending';
      return turn === undefined ? 'idle' : 'running';
    },
    isRequestOpen: () => messages.isRequestOpen,
    waitForDeath: () => delay(DEATH_KNOWN_MS, undefined, { ref: false }),
    // From then on the turn may outlast the server, and what it has used has to be known.
    whenStored: (toolUseIds) => process.whenStored(toolUseIds).then(() => deps.usage.flush()),
    append: (events, appendOptions) => record.append(events, appendOptions),
    noteRequested: (requests, transaction) => deps.approvalNews.store(requests, transaction),
    enqueue,
  });
  const retries: ModelRetries = new ModelRetries({
    clock: deps.clock,
    announce: (toEvents) =>
      order.enqueue(async () => {
        const turn = turns.running;
        if (order.isClosed || turn === undefined || turn.interruptedAtMs !== undefined) return;
        turns.touch();
        const events = toEvents();
        if (events.length > 0) await record.append(events);
      }),
    isRescheduled: () => record.session.status === 'rescheduling',
    waitsForPeople: () => waitsForPeople(),
  });
  const process: SessionProcess = new SessionProcess(deps, {
    sessionId: options.session.id,
    ownerId: options.session.ownerId,
    agentId: options.session.agentId,
    vaultIds: options.session.vaultIds,
    trace: () => spans?.current,
    calls: {
      onRetryWait: (retry) => retries.onRetryWait(retry),
      onRetryWaitEnd: (retry, outcome) => retries.onRetryWaitEnd(retry, outcome),
      onCallBegin() {
        meter.onCallBegin();
        // What was spent meanwhile may ask for a cheaper model, from the next call on.
        if (turns.running !== undefined) order.enqueue(() => checkFallback());
      },
      findReplacedModel: (model) => fallback.findReplaced(model),
      turn: () => turns.currentNumber,
      ...(spans && {
        span: () => spans.current,
        noteAgentTrace: (traceId: string) => spans.noteAgentTrace(traceId),
        findTurnOf: (traceId: string) => spans.findTurnOf(traceId),
      }),
      onCallEnd: (call) => meter.onCallEnd(call),
      findPluginOfSubagent: (agentId) => subagents.find(agentId),
      ownBudgetId: () => (record.session.budgetMicroUsd === null ? undefined : record.session.id),
      onBudgetReached: (reached) => turns.noteBudgetReached(reached),
      takeReplay: (fits) => waitingTurn.takeReplay(fits),
    },
    plan: planStart,
    onAdopt: (spare) => folders.adopt(spare),
    mount: (signal, asked) => content.mount(signal, asked),
    preview: (event) => deps.journal.preview(options.session.id, event),
    announce: (events) => void order.guard(() => record.append(events)),
    canUseTool: approvals.canUseTool,
    onHook: policy.onHook,
    callPrompt: policy.callPrompt,
    onPrompt: (text) => setImmediate(() => void policy.guard.readMessage(text)),
    elicit: approvals.elicit,
    keepApp: (app) => deps.store.mcpApps.put(options.session.id, app),
    takePermit: ({ toolName, input }) => decisions.takePermit(toolName, input),
    takeCustomResult: async (call) => {
      const result = customResults.take(call);
      return result && toMcpResult(deps.files, record.session, result);
    },
    onMessage(message) {
      subagents.note(message);
      return order.run(() =>
        order.guard(async () => {
          if (order.isClosed) return;
          turns.touch();
          await messages.handle(message);
        }),
      );
    },
    onExit: (exit) => {
      // The exit belongs to this turn. When the exit is handled, a new turn may run in a new process.
      const turnNumber = turns.running?.number;
      order.enqueue(() => handleExit(exit, turnNumber));
    },
    onStateChange: options.onChange,
  });
  const fallback: FallbackModel = createFallbackModel({
    budgets: deps.budgets,
    spender: () => toSpender(record.session),
    ownModel: () => record.session.model ?? settings?.model ?? deps.defaultModel,
    readContextTokens: () => deps.store.usage.readContextTokens(record.session.id),
    setModel: (model) => order.tell(() => process.setModel(model)),
    tell: (text) => notice('info', text),
  });
  const delivery: MessageDelivery = new MessageDelivery({
    ...{ store: deps.store, files: deps.files, record, process },
    // Behind the message itself, which must not wait.
    onSend: (text) => setImmediate(() => void policy.guard.readMessage(text)),
  });
  const turns: SessionTurns = new SessionTurns(deps, {
    ...{ record, process, delivery, fallback },
    turnNumber: options.turnNumber,
    meter,
    adoptTranscript: adopt,
    cancelApprovals: async () => {
      if (approvals.pending.size > 0) await approvals.cancelAll('interrupted');
      await waitingTurn.cutOff();
    },
    takeUpCalls: () => waitingTurn.takeUp(),
    onBegin: (before) => states.beginTurn(before),
    onIdle: handleIdle,
    enqueue,
  });
  const lifecycle: ProcessLifecycle = new ProcessLifecycle({
    ...{ process, turns, order },
    ...{ clock: deps.clock, idleTimeoutMs: deps.idleTimeoutMs, stallTimeoutMs: deps.stallTimeoutMs },
    // A wait for a retry of the model is announced to people and ends by itself.
    isWaiting: () => waitsForPeople() || retries.isWaiting,
    append: (events) => record.append(events),
    hasTasks: () => messages.backgroundTasks.length > 0,
    onReleased(reason) {
      const ended = messages.endTasks(reason);
      turns.reports.loseProcess();
      messages.reset();
      decisions.reset();
      return ended;
    },
    warmUp,
  });
  const waitingTurn: WaitingTurn = createWaitingTurn({
    ...{ store: deps.store, clock: deps.clock, idleTimeoutMs: deps.idleTimeoutMs },
    ...{ record, order, process, turns },
    ...{ approvals, decisions, messages },
    isAnswered: (toolUseId) => customResults.has(toolUseId),
    hasTasks: () => messages.backgroundTasks.length > 0,
    onLetGo: () => {
      toolUses.clear();
      decisions.reset();
      messages.reset();
      turns.reports.loseProcess();
    },
  });

  const standstill = createStandstillWatch({
    clock: deps.clock,
    find: findOwnStandstill,
    onStandstill: leaveStandstill,
  });

  const parts: SessionParts = {
    ...{
      record,
      process,
      turns,
      delivery,
      retries,
      lifecycle,
      owner: policy.owner,
      judgeAppCall: policy.judgeAppCall,
      waitingTurn,
      standstill,
      fallback,
      states,
      mounts,
    },
    ...{ approvals, order, rules, store: deps.store, clock: deps.clock, quotas: deps.quotas },
    ...{ waitsForPeople, adoptTranscript: adopt, warmUp, notice },
    backgroundTasks: () => messages.backgroundTasks,
    endTasks: async (reason) => {
      const ended = messages.endTasks(reason);
      if (ended.length > 0) await record.append(ended);
    },
    onAnswered: () => waitingTurn.takeUp(),
    get settings() {
      return settings;
    },
  };
  return parts;

  /** Messages that the CLI has written before its question may still wait to be read. */
  async function holdReport(prompt: string): Promise<boolean> {
    const patience = deps.clock.uptimeMs() + READ_WAIT_MS;
    while (!turns.reports.isKnown(prompt) && deps.clock.uptimeMs() < patience) await delay(10);
    return order.run(async () => turns.reports.hold(prompt, { isTurnRunning: turns.running !== undefined }));
  }

  async function checkFallback(): Promise<void> {
    try {
      await fallback.check();
    } catch (error) {
      // The next call asks again.
      logger.warn({ err: error }, 'the model that budgets ask for could not be looked up');
    }
  }

  function waitsForPeople(): boolean {
    return approvals.pending.size > 0;
  }

  function warmUp(): void {
    // A turn that waits for people needs a process when they have answered.
    if (order.isClosed || waitingTurn.hasCalls) return;
    turns.touch();
    process.ensure();
  }

  async function notice(level: 'info' | 'warning', text: string): Promise<void> {
    await record.append([record.stamp({ type: 'session.notice', level, text })]);
  }

  async function handleExit(ended: Exit, turnNumber: number | undefined): Promise<void> {
    if (order.isClosed) return;
    // People read it.
    const hidden = deps.secretsInUse.of(record.session.agentSessionId);
    const exit = { ...ended, stderrTail: hideTexts(ended.stderrTail, hidden) };
    const { cause, code, signal, afterMs, stderrTail, error } = exit;
    const told = { cause, code, signal, after_ms: afterMs, stderr: stderrTail, err: error };
    logger.warn(told, 'agent process ended');
    toolUses.clear();
    decisions.reset();
    const tasks = messages.endTasks(exit.cause === 'memory' ? 'memory' : 'process_ended');
    turns.reports.loseProcess();
    const open = messages.reset();
    if (tasks.length > 0) await record.append(tasks);
    if (!waitingTurn.hasCalls && (await waitingTurn.keep())) return;
    // A process that has not got the calls has not lost them: the next one takes them up.
    if (!waitingTurn.hasCalls) {
      if (open.length > 0) await record.append(open);
      await cancelLostApprovals(parts);
      await waitingTurn.keepAnswered();
    }
    await turns.handleExit(exit, turnNumber);
  }

  function findOwnStandstill(): Standstill | undefined {
    return findStandstill({
      ...{ isRunning: turns.running !== undefined, waitsForPeople: waitsForPeople() },
      ...{ isProcessGone: process.isGone, isProcessLive: process.state === 'live' },
      hasCallsToMake: waitingTurn.hasReplay,
    });
  }

  /** Has the turn go on as after the end of a process, or tells the process to go on. */
  function leaveStandstill(found: Standstill): void {
    enqueue(async () => {
      if (order.isClosed || findOwnStandstill() !== found) return;
      logger.error({ standstill: found }, 'a turn stood still and is taken up again');
      if (found === 'calls_not_made') process.send({ uuid: randomUUID(), content: GOES_ON, synthetic: true });
      else await handleExit(toFailedStart(new Error('The turn had no process')), turns.running?.number);
    });
  }

  function adopt(): Promise<void> {
    const { agentSessionId } = record.session;
    return adoptTranscript({ store: deps.store, logger }, { dirs: folders.dirs, agentSessionId });
  }

  function findTool(toolName: string): McpTool | undefined {
    return settings && findMcpTool(settings, toolName, (name) => process.findOriginalTool(name));
  }

  function findCustom(toolName: string): string | undefined {
    return findCustomTool(settings?.customTools ?? [], toolName);
  }

  async function handleIdle(): Promise<void> {
    toolUses.clear();
    customResults.clear();
    decisions.clear();
    states.endTurn(turns.currentNumber - 1);
    await lifecycle.handleIdle();
    // Not in the order of the session: it reads files.
    void leaveChangedContent();
    void leaveLostFolders();
    options.onChange();
  }

  /** What the process has of the workspace is not what is there any more: the next one gets what is still trusted. */
  async function leaveChangedContent(): Promise<void> {
    try {
      if (await content.hasChanged()) await lifecycle.hibernateWhenIdle('requested');
    } catch (error) {
      logger.warn({ err: error }, 'what the workspace brings could not be compared');
    }
  }

  /** The next process begins without the folder, or with the one that is there now. */
  async function leaveLostFolders(): Promise<void> {
    try {
      if (await mounts.folders.isLost()) await lifecycle.hibernateWhenIdle('requested');
    } catch (error) {
      logger.warn({ err: error }, 'the folders of a session could not be looked at');
    }
  }

  async function planStart(signal: AbortSignal): Promise<ProcessPlan> {
    await policy.owner.lookUp();
    // Before anything is mounted: the process can write only what it has from its start.
    const ownFolders = await mounts.hold();
    const ofWorkspace = await content.plan(signal);
    const plan = await planProcess(deps, record.session, folders.workspace, {
      ...{ fallbackModel: fallback.model, ofWorkspace, ownFolders },
    });
    settings = plan.settings;
    const resumption = await waitingTurn.planResumption();
    if (plan.lostHistory !== undefined && !isLossAnnounced) {
      isLossAnnounced = true;
      const lost = record.stamp({ type: 'session.notice', level: 'warning', text: HISTORY_LOST });
      void order.guard(() => record.append([lost]));
    }
    return { ...plan, ...(resumption && { resumption }) };
  }
}
