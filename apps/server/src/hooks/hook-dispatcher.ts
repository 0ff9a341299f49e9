import { randomUUID } from 'node:crypto';

import type { HookCallback, SyncHookJSONOutput } from '@anthropic-ai/claude-agent-sdk';

import { systemTimers, type Timers } from '../lib/timers.ts';
import { createAskedPlugins, TAKEN_BACK, type AskedPlugins, type AskedPluginsDeps } from './asked-plugins.ts';
import { isDeciding, isRegistered, type DecidingHookEvent, type RegisteredHookEvent } from './hook-events.ts';
import type {
  DecidingHookHandler,
  HookContext,
  HookHandler,
  HookInputOf,
  ObservingHookHandler,
} from './hook-handler.ts';
import { toShellLineOutput, toToolUseOutput } from './hook-outputs.ts';
import { HELD_REPORT, REPORT_PREFIX } from './held-report.ts';
import { HELD, readVerdict, toStrictest, type SaidVerdict } from './strictest-verdict.ts';
import { TimeLimitError, withinTimeLimit } from './within-time-limit.ts';

/** Plugins are asked after the handlers. */
export interface HookDispatcherDeps extends AskedPluginsDeps {
  timers?: Timers;
  /**
   * Hears what becomes of a tool call before the CLI does; undefined where no handler had a say. What fails here denies.
   * `questions`: everybody who asks, the handlers in their order, then a plugin. `mayChange`: what `mayChangeCalls` said.
   */
  onVerdict?(
    call: HookInputOf<DecidingHookEvent>,
    verdict: SaidVerdict | undefined,
    noted: { questions: readonly SaidVerdict[]; mayChange: boolean },
  ): void;
  /**
   * Whether the CLI asks commands of plugins about calls as well. They may change the input while the handlers decide, so that a
   * call that is allowed is answered with `HELD`: the CLI (2.1.332) then asks `canUseTool`, with the input that will run.
   */
  mayChangeCalls?(): boolean;
  /** Whether the agent must not be told now that a task has ended, because a turn runs. */
  holdReport?(prompt: string): Promise<boolean>;
  /** Something that is another one for each process of the session. */
  findProcess?(): unknown;
  /** Hears what becomes of a shell line of a skill before the CLI does. Where it fails, the line does not run. */
  onShellLine?(line: ShellLine, verdict: SaidVerdict): Promise<void>;
}

/** A command in the text of a skill or slash command. The CLI runs it while it loads the text. */
export type ShellLine = HookInputOf<'PreSkillShellCommand'>;

/** A handler may take as long, unless it says otherwise. */
export const HANDLER_TIME_LIMIT_MS = 10_000;

/** A tool call that no agent makes, by the name that agents know the tool by. */
export interface OutsideCall {
  toolName: string;
  input: Readonly<Record<string, unknown>>;
  /** Absolute path of the session's workspace. */
  cwd: string;
}

/** What the SDK gives beside the event. */
interface Call extends Pick<HookContext, 'toolUseId' | 'signal'> {
  /** Takes what plugins want the agent to read beside the call. */
  addContext?(text: string): void;
  /** Takes each verdict that asks. */
  addQuestion?(asked: SaidVerdict): void;
}

/**
 * Answers the hook events of one session's agent process. The handlers of an event run one after the other, in the order
 * in which they were added. Never rejects: what fails becomes a verdict or a line in the log.
 */
export class HookDispatcher {
  readonly #deps: HookDispatcherDeps;
  readonly #timers: Timers;
  readonly #plugins: AskedPlugins;
  readonly #deciding: DecidingHookHandler[] = [];
  readonly #observing: ObservingHookHandler[] = [];
  /** Of which plugins were told that it started. */
  #startedProcess: unknown;

  constructor(deps: HookDispatcherDeps) {
    this.#deps = deps;
    this.#timers = deps.timers ?? systemTimers;
    this.#plugins = createAskedPlugins({ ...deps, timers: this.#timers });
  }

  /** Events that have a handler, and those that are answered here. */
  get events(): ReadonlySet<RegisteredHookEvent> {
    const handled = [...this.#deciding, ...this.#observing].map(({ event }) => event);
    return new Set([...handled, 'PreSkillShellCommand', 'UserPromptSubmit']);
  }

  /** @throws Error when the event has a handler of that name, or is not registered with the SDK and so never comes. */
  add(handler: HookHandler): void {
    const { event, name } = handler;
    if (!isRegistered(event)) throw new Error(`The hook event ${String(event)} is not registered with the SDK`);
    if ([...this.#deciding, ...this.#observing].some((each) => each.event === event && each.name === name)) {
      throw new Error(`The hook event ${event} has a handler named ${name} already`);
    }
    if (handlesDecision(handler)) this.#deciding.push(handler);
    else this.#observing.push(handler);
  }

  /** What the SDK calls. */
  readonly onHook: HookCallback = async (input, toolUseId, { signal }) => {
    switch (input.hook_event_name) {
      case 'PreToolUse':
        return this.#answerToolUse(input, { toolUseId, signal });
      case 'PostToolBatch':
        await this.#observe(input, { toolUseId, signal });
        return {};
      case 'PreSkillShellCommand':
        return toShellLineOutput(await this.#decideShellLine(input, { toolUseId, signal }));
      case 'UserPromptSubmit':
        if (await this.#isHeld(input)) return HELD_REPORT;
        return this.#answerFromPlugins(input, { toolUseId, signal });
      case 'PostToolUse':
      case 'Stop':
        return this.#answerFromPlugins(input, { toolUseId, signal });
      default:
        return {};
    }
  };

  /**
   * What the handlers and the plugins say of a call that no agent makes, such as that of an app; undefined where they say
   * nothing. No verdict is noted. Never rejects.
   */
  async judge(call: OutsideCall, signal: AbortSignal): Promise<SaidVerdict | undefined> {
    const { toolName, input, cwd } = call;
    const asEvent: HookInputOf<'PreToolUse'> = {
      hook_event_name: 'PreToolUse',
      ...{ session_id: this.#deps.sessionId, transcript_path: '', cwd },
      ...{ tool_name: toolName, tool_input: input, tool_use_id: `outside_${randomUUID()}` },
    };
    return this.#askAll(asEvent, { toolUseId: undefined, signal }, (handler) => handler.followsAgent !== true);
  }

  /** A subagent is told of its own tasks. */
  async #isHeld({ prompt, agent_id }: HookInputOf<'UserPromptSubmit'>): Promise<boolean> {
    if (!prompt.startsWith(REPORT_PREFIX) || agent_id !== undefined) return false;
    return (await this.#deps.holdReport?.(prompt)) === true;
  }

  async #answerToolUse(input: HookInputOf<DecidingHookEvent>, call: Call): Promise<SyncHookJSONOutput> {
    const contexts: string[] = [];
    const verdict = await this.#decide(input, { ...call, addContext: (text) => void contexts.push(text) });
    return toToolUseOutput(input, { verdict, contexts });
  }

  async #answerFromPlugins(
    input: HookInputOf<'PostToolUse' | 'UserPromptSubmit' | 'Stop'>,
    call: Call,
  ): Promise<SyncHookJSONOutput> {
    const { hook_event_name: event } = input;
    const started = event === 'UserPromptSubmit' ? await this.#askAboutStart(input, call) : [];
    const { denial, contexts } = await this.#plugins.ask(input, call);
    if (denial !== undefined) {
      const what = event === 'Stop' ? 'keeps the turn going' : 'stopped this message';
      this.#deps.onPluginHook?.(`The plugin ${denial.by} ${what}: ${denial.reason}`);
      return { decision: 'block', reason: denial.reason };
    }
    const texts = [...started, ...contexts];
    if (texts.length === 0 || event === 'Stop') return {};
    return { hookSpecificOutput: { hookEventName: event, additionalContext: texts.join('\n\n') } };
  }

  /** The SDK (0.3.332) calls back of no `SessionStart` at the start of a process, so plugins are asked at its first prompt. */
  async #askAboutStart(input: HookInputOf<'UserPromptSubmit'>, call: Call): Promise<string[]> {
    const process = this.#deps.findProcess?.();
    if (process === this.#startedProcess) return [];
    this.#startedProcess = process;
    const { prompt: _, ...start } = input;
    const { contexts } = await this.#plugins.ask(
      { ...start, hook_event_name: 'SessionStart', source: 'startup' },
      call,
    );
    return contexts;
  }

  async #decide(input: HookInputOf<DecidingHookEvent>, call: Call): Promise<SaidVerdict | undefined> {
    const questions: SaidVerdict[] = [];
    const strictest = await this.#askAll(input, { ...call, addQuestion: (asked) => void questions.push(asked) });
    const mayChange = this.#deps.mayChangeCalls?.() === true;
    try {
      this.#deps.onVerdict?.(input, strictest, { questions, mayChange });
      return mayChange && strictest?.permission === 'allow' ? HELD : strictest;
    } catch (error) {
      this.#deps.logger.error({ err: error }, 'the verdict on a tool call could not be noted, so it was denied');
      return { permission: 'deny', reason: 'The verdict on this call could not be noted', by: 'hooks' };
    }
  }

  /** Decides a shell line as the call of Bash that it would be. Nobody can be asked: the CLI waits while it loads the text. */
  async #decideShellLine(line: ShellLine, call: Call): Promise<SaidVerdict> {
    const {
      tool_input: input,
      tool_use_id,
      tool_name,
      command_name: _,
      command_source: __,
      invoked_by: ___,
      ...base
    } = line;
    const asCall = { ...base, hook_event_name: 'PreToolUse', tool_name, tool_input: input, tool_use_id } as const;
    const said = await this.#askAll(asCall, call);
    const verdict: SaidVerdict = said?.permission === 'allow' || said?.permission === 'deny' ? said : NOT_ALLOWED;
    try {
      await this.#deps.onShellLine?.(line, verdict);
      return verdict;
    } catch (error) {
      this.#deps.logger.error({ err: error }, 'the verdict on a shell line could not be noted, so it did not run');
      return { permission: 'deny', reason: 'The verdict on this command could not be noted', by: 'hooks' };
    }
  }

  async #askAll(
    input: HookInputOf<DecidingHookEvent>,
    call: Call,
    isAsked: (handler: DecidingHookHandler) => boolean = () => true,
  ): Promise<SaidVerdict | undefined> {
    let strictest: SaidVerdict | undefined;
    for (const handler of this.#deciding) {
      // Nothing is stricter, so that nobody else needs to be asked.
      if (strictest?.permission === 'deny') break;
      if (handler.event === input.hook_event_name && isAsked(handler)) {
        const said = await this.#ask(handler, input, call);
        if (said?.permission === 'ask') call.addQuestion?.(said);
        strictest = toStrictest(strictest, said);
      }
    }
    if (strictest?.permission === 'deny') return strictest;
    const { denial, question, contexts } = await this.#plugins.ask(input, call);
    for (const text of contexts) call.addContext?.(text);
    if (question !== undefined) call.addQuestion?.(question);
    // Whoever else asks, people are told what the plugin asks.
    const asked = strictest?.permission === 'ask' ? (question ?? strictest) : toStrictest(strictest, question);
    return toStrictest(asked, denial);
  }

  async #ask(
    handler: DecidingHookHandler,
    input: HookInputOf<DecidingHookEvent>,
    call: Call,
  ): Promise<SaidVerdict | undefined> {
    const { name, onFailure } = handler;
    try {
      const answer: unknown = await this.#run(handler, call, (context) => handler.handle(input, context));
      if (answer === undefined) return undefined;
      const verdict = readVerdict(answer);
      if (verdict === undefined) throw new Error('Its answer is no verdict');
      return { ...verdict, by: name };
    } catch (error) {
      if (call.signal.aborted) return { permission: 'deny', reason: TAKEN_BACK, by: name };
      this.#logFailure(handler, error);
      return onFailure === 'deny' ? { permission: 'deny', reason: toReason(handler, error), by: name } : undefined;
    }
  }

  async #observe(input: HookInputOf<ObservingHookHandler['event']>, call: Call): Promise<void> {
    for (const handler of this.#observing) {
      if (handler.event !== input.hook_event_name) continue;
      try {
        await this.#run(handler, call, (context) => handler.handle(input, context));
      } catch (error) {
        if (call.signal.aborted) return;
        this.#logFailure(handler, error);
      }
    }
  }

  #run<Answer>(
    { timeLimitMs = HANDLER_TIME_LIMIT_MS }: HookHandler,
    { toolUseId, signal }: Call,
    handle: (context: HookContext) => Answer | Promise<Answer>,
  ): Answer | Promise<Answer> {
    const { sessionId } = this.#deps;
    const limit = { timeLimitMs, timers: this.#timers, signal };
    return withinTimeLimit((abandoned) => handle({ sessionId, toolUseId, signal: abandoned }), limit);
  }

  #logFailure({ event, name, onFailure }: HookHandler, error: unknown): void {
    this.#deps.onFailure?.('installation');
    const outcome = onFailure === 'deny' ? 'so its tool call was denied' : 'and was skipped';
    this.#deps.logger.warn({ err: error, hook_event: event, handler: name }, `a hook handler failed, ${outcome}`);
  }
}

const NOT_ALLOWED: SaidVerdict = {
  permission: 'deny',
  reason: 'A command in the text of a skill or slash command runs only where a rule allows it without asking',
  by: 'hooks',
};

/** For the agent: what the handler threw is for the log alone. */
function toReason({ name, timeLimitMs = HANDLER_TIME_LIMIT_MS }: HookHandler, error: unknown): string {
  const failure =
    error instanceof TimeLimitError ? `has not answered within ${timeLimitMs / 1000} s` : 'failed to decide it';
  return `The call is denied, because the hook handler "${name}" ${failure}`;
}

function handlesDecision(handler: HookHandler): handler is DecidingHookHandler {
  return isDeciding(handler.event);
}
