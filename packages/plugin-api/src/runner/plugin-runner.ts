import { setTimeout as delay } from 'node:timers/promises';

import type { CallToolResult, Tool } from '@modelcontextprotocol/sdk/types.js';

import { CallSlots } from './call-slots.ts';
import type { PluginOffer } from './loaded-plugin.ts';
import { toReason } from './to-reason.ts';
import type { PluginJob } from './plugin-job.ts';
import { PluginThread, type PluginThreadOptions, type ThreadCall } from './plugin-thread.ts';
import type { PlainRequest, PlainResponse } from './run-endpoint.ts';
import type { HookCall, HookOutcome } from './run-hook.ts';
import { toFailure, type ToolCall } from './run-tool.ts';
import type { Answer, Work } from './thread-messages.ts';
import type { CallOptions, ToolSource } from './tool-source.ts';

export interface PluginRunnerOptions extends PluginThreadOptions {
  /** Absolute path of the workspace of the session, for tools. */
  workspace: string;
  /** How long a call that was stopped may go on before its thread is replaced. */
  stopTimeoutMs?: number;
}

const STOP_TIMEOUT_MS = 1000;
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 10_000;

/**
 * Runs one plugin in a thread within its limits. A thread that ends, or that goes on with a call which was stopped, is
 * replaced at the next call; one that ends again and again, after a delay that doubles from 0.1 s to 10 s.
 */
export class PluginRunner implements ToolSource {
  readonly #job: PluginJob;
  readonly #options: PluginRunnerOptions;
  readonly #slots: CallSlots;
  #thread: PluginThread | undefined;
  #offer: PluginOffer | undefined;
  /** Threads that ended one after the other without an answer in between. */
  #ends = 0;
  #isClosed = false;

  constructor(job: PluginJob, options: PluginRunnerOptions) {
    this.#job = job;
    this.#options = options;
    this.#slots = new CallSlots(job.limits.concurrency);
  }

  /** Rejects with an Error for people where the plugin cannot be used. */
  async start(): Promise<PluginOffer> {
    this.#offer = await this.#open().loaded;
    return this.#offer;
  }

  listTools(): Tool[] {
    return this.#offer?.tools ?? [];
  }

  async callTool(call: ToolCall, options: CallOptions): Promise<CallToolResult> {
    try {
      const answer = await this.#run({ kind: 'tool', call, workspace: this.#options.workspace }, options);
      return answer.kind === 'tool' ? answer.result : toFailure('The plugin answered something else');
    } catch (error) {
      return toFailure(toReason(error));
    }
  }

  /** Rejects with an Error for people where the endpoint fails or takes too long. */
  async request(request: PlainRequest, options: CallOptions): Promise<PlainResponse> {
    const answer = await this.#run({ kind: 'endpoint', request }, options);
    if (answer.kind !== 'endpoint') throw new Error('The plugin answered something else');
    return answer.response;
  }

  /** Rejects with an Error for people where a hook fails or takes too long. */
  async callHook(call: HookCall, options: CallOptions): Promise<HookOutcome> {
    const answer = await this.#run({ kind: 'hook', call }, options);
    if (answer.kind !== 'hook') throw new Error('The plugin answered something else');
    return answer.outcome;
  }

  /** Ends every call. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#thread?.end('The plugin was closed');
  }

  async #run(work: Work, { signal, onProgress }: CallOptions): Promise<Answer> {
    using _ = await this.#slots.take(signal);
    const thread = await this.#getThread();
    const { timeoutMs } = this.#job.limits;
    const late = `It did not answer within ${timeoutMs} ms`;
    const call = thread.start(work, onProgress);
    const stopped = Promise.withResolvers<never>();
    const stop = (reason: string) => {
      stopped.reject(new Error(reason));
      call.abort(reason);
      void this.#replaceUnlessEnded(thread, call);
    };
    const onAbort = () => stop('The call was stopped');
    const timer = setTimeout(stop, timeoutMs, late);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const answer = await Promise.race([call.answer, stopped.promise]);
      this.#ends = 0;
      return answer;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #replaceUnlessEnded(thread: PluginThread, call: ThreadCall): Promise<void> {
    const { stopTimeoutMs = STOP_TIMEOUT_MS } = this.#options;
    const ended = call.answer.then(
      () => true,
      () => true,
    );
    if (await Promise.race([ended, delay(stopTimeoutMs, false, { ref: false })])) return;
    if (!(await thread.answersWithin(stopTimeoutMs)))
      return await thread.end('The plugin did nothing else any more, and was ended');
    thread.retire();
    call.abandon();
  }

  async #getThread(): Promise<PluginThread> {
    const thread = this.#findUsable() ?? (await this.#replace());
    await thread.loaded;
    return thread;
  }

  async #replace(): Promise<PluginThread> {
    const ended = this.#ends;
    this.#ends += 1;
    if (ended > 0) await delay(Math.min(FIRST_DELAY_MS * 2 ** (ended - 1), MAX_DELAY_MS));
    if (this.#isClosed) throw new Error('The plugin was closed');
    // Another call may have waited as well.
    return this.#findUsable() ?? this.#open();
  }

  #findUsable(): PluginThread | undefined {
    return this.#thread?.isUsable === true ? this.#thread : undefined;
  }

  #open(): PluginThread {
    this.#thread = new PluginThread(this.#job, this.#options);
    return this.#thread;
  }
}
