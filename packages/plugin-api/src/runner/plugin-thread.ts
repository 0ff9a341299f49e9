import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import type { ToolProgress } from '../plugin-context.ts';
import type { WriteLog } from './create-log.ts';
import type { PluginOffer } from './loaded-plugin.ts';
import { toReason } from './to-reason.ts';
import type { PluginJob } from './plugin-job.ts';
import type { Answer, MessageFromThread, MessageToThread, Work } from './thread-messages.ts';

export interface PluginThreadOptions {
  onLog: WriteLog;
  /** Gets what the plugin writes to its standard output and error. */
  onOutput(text: string): void;
}

/** A call that runs in a thread. */
export interface ThreadCall {
  /** Rejects with an Error for people, also when the thread ends. */
  answer: Promise<Answer>;
  abort(reason: string): void;
  /** Nobody waits for it any more, and it need not end before the thread does. */
  abandon(): void;
}

interface OpenCall {
  resolve(answer: Answer): void;
  reject(error: Error): void;
  onProgress: ((progress: ToolProgress) => void) | undefined;
}

const LOAD_TIMEOUT_MS = 30_000;
const MAIN = new URL('thread-main.ts', import.meta.url);

/** One thread with the code of one plugin. */
export class PluginThread {
  /** Rejects with an Error for people where the plugin cannot be used. */
  readonly loaded: Promise<PluginOffer>;
  readonly #worker: Worker;
  readonly #memoryMb: number;
  readonly #calls = new Map<number, OpenCall>();
  readonly #loading = Promise.withResolvers<PluginOffer>();
  #pong = Promise.withResolvers<void>();
  #lastId = 0;
  #endReason: string | undefined;
  #isRetired = false;

  constructor(job: PluginJob, { onLog, onOutput }: PluginThreadOptions) {
    this.#memoryMb = job.limits.memoryMb;
    this.loaded = this.#loading.promise;
    // It may fail before anybody waits for it.
    this.loaded.catch(() => undefined);
    this.#worker = new Worker(MAIN, {
      workerData: job,
      resourceLimits: { maxOldGenerationSizeMb: this.#memoryMb },
      // They would go to the standard output of the process, which belongs to the protocol.
      ...{ stdout: true, stderr: true },
    });
    this.#worker.stdout.setEncoding('utf8').on('data', onOutput);
    this.#worker.stderr.setEncoding('utf8').on('data', onOutput);
    this.#worker.on('message', (message: MessageFromThread) => this.#take(message, onLog));
    this.#worker.on('error', (error) => this.#end(this.#describe(error)));
    this.#worker.on('exit', (code) => this.#end(`The plugin ended itself with exit code ${code}`));
    const timer = setTimeout(
      () => void this.end(`The plugin was not loaded within ${LOAD_TIMEOUT_MS} ms`),
      LOAD_TIMEOUT_MS,
    );
    void this.loaded.catch(() => undefined).finally(() => clearTimeout(timer));
  }

  /** Whether it takes calls. */
  get isUsable(): boolean {
    return this.#endReason === undefined && !this.#isRetired;
  }

  start(work: Work, onProgress?: (progress: ToolProgress) => void): ThreadCall {
    if (this.#endReason !== undefined)
      return { answer: Promise.reject(new Error(this.#endReason)), abort: () => undefined, abandon: () => undefined };
    const id = (this.#lastId += 1);
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#calls.set(id, { resolve, reject, onProgress });
    this.#send({ type: 'work', id, work });
    return {
      answer: promise,
      abort: (reason) => this.#send({ type: 'abort', id, reason }),
      abandon: () => this.#forget(id),
    };
  }

  /** Whether its event loop turns. */
  async answersWithin(milliseconds: number): Promise<boolean> {
    this.#pong = Promise.withResolvers<void>();
    this.#send({ type: 'ping' });
    const answered = this.#pong.promise.then(() => true);
    return await Promise.race([answered, delay(milliseconds, false, { ref: false })]);
  }

  /** Takes no more calls, and ends when those that run have ended. */
  retire(): void {
    this.#isRetired = true;
    this.#endIfDone();
  }

  /** Idempotent. Resolves when its code runs no more. */
  async end(reason: string): Promise<void> {
    this.#end(reason);
    await this.#worker.terminate();
  }

  #take(message: MessageFromThread, onLog: WriteLog): void {
    switch (message.type) {
      case 'loaded':
        return this.#loading.resolve(message.offer);
      case 'unusable':
        return void this.end(message.reason);
      case 'answered':
        this.#calls.get(message.id)?.resolve(message.answer);
        return this.#forget(message.id);
      case 'failed':
        this.#calls.get(message.id)?.reject(new Error(message.reason));
        return this.#forget(message.id);
      case 'progress':
        return this.#calls.get(message.id)?.onProgress?.(message.progress);
      case 'logged':
        return onLog(message.level, message.message);
      case 'pong':
        return this.#pong.resolve();
    }
  }

  #forget(id: number): void {
    this.#calls.delete(id);
    this.#endIfDone();
  }

  #endIfDone(): void {
    if (this.#isRetired && this.#calls.size === 0) void this.end('The plugin was replaced');
  }

  #end(reason: string): void {
    if (this.#endReason !== undefined) return;
    this.#endReason = reason;
    const error = new Error(reason);
    this.#loading.reject(error);
    for (const { reject } of this.#calls.values()) reject(error);
    this.#calls.clear();
  }

  #describe(error: unknown): string {
    const isMemory = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    return isMemory
      ? `The plugin used more memory than the ${this.#memoryMb} MB that it may`
      : `The plugin ended with an error that it did not catch: ${toReason(error)}`;
  }

  #send(message: MessageToThread): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    this.#worker.postMessage(message);
  }
}
