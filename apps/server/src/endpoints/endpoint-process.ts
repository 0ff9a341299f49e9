import { request as sendRequest, type IncomingMessage } from 'node:http';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { toJobEnvironment, type PluginJob } from '@claude-sdk-pattern/plugin-api/job';
import { CspError } from '@claude-sdk-pattern/protocol';

import { giveTree } from '../agent-files/give-tree.ts';
import { createBoundedLines } from '../lib/bounded-lines.ts';
import { createMaskedLines } from '../lib/masked-lines.ts';
import { createMaskedTail, type MaskedTail } from '../lib/masked-tail.ts';
import { FaultError, type FaultDetails } from '../agent-process/mcp/fault.ts';
import { findLastWords, toLastLines } from '../agent-process/mcp/last-words.ts';
import type { McpSecrets } from '../agent-process/mcp/mcp-secrets.ts';
import { findStartFault } from '../hosts/find-start-fault.ts';
import type { Host, HostedProcess, Networking } from '../hosts/host.ts';
import { toRunnerProgram } from '../plugins/runner-program.ts';
import { openOwnSocket } from '../agent-files/open-own-socket.ts';

export interface EndpointProcessDeps {
  host: Pick<Host, 'start' | 'agentUser' | 'confines'>;
  secrets: McpSecrets;
  /** PATH of its process. */
  path: string;
  networking: Networking;
  maxRssBytes: number;
  /** Gets the lines that it writes to its log and its output, without secrets; of many in a second only the first. */
  onOutput(text: string): void;
  /** It ended by itself. */
  onEnded(reason: string, details: FaultDetails): void;
}

export interface EndpointProcessOptions {
  job: PluginJob;
  /** Absolute path of the plugin's content. */
  contentDir: string;
  /** Keeps the content there; disposed of when its process has ended. */
  held: Disposable;
  /** Of its process. */
  label: string;
  /** The only hosts that it may reach; any where it is undefined. */
  reachableHosts?: readonly string[] | undefined;
  /** Absolute path of a folder of its own, made where it is not there. Short: a socket is in it. */
  dir: string;
}

export interface PassedRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer;
  signal: AbortSignal;
}

/** A runner starts within a second; on a busy machine within ten. */
const START_TIMEOUT_MS = 30_000;
/** The runner answers when the time of a call is over. This is for one that does not. */
const ANSWER_GRACE_MS = 5000;
const MAX_ANSWER_BYTES = 9 * 1024 * 1024;
const MAX_LAST_WORDS_CHARS = 8000;

/** A process of the server that serves the endpoints or the hooks of one plugin, on a socket. */
export class EndpointProcess {
  readonly #deps: EndpointProcessDeps;
  readonly #options: EndpointProcessOptions;
  #process: HostedProcess | undefined;
  #isClosed = false;
  readonly #lastWords: MaskedTail;

  constructor(options: EndpointProcessOptions, deps: EndpointProcessDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#lastWords = createMaskedTail((text) => deps.secrets.mask(text, options.label), MAX_LAST_WORDS_CHARS);
  }

  get processId(): string | undefined {
    return this.#process?.id;
  }

  /** Resolves when it listens. Rejects with an Error for people. */
  async start(): Promise<void> {
    const { host, secrets, path, networking, onEnded, onOutput } = this.#deps;
    const { job, contentDir, dir, label, reachableHosts } = this.#options;
    const home = join(dir, 'home');
    await mkdir(home, { recursive: true, mode: 0o700 });
    if (host.agentUser) await giveTree(dir, host.agentUser);
    const env = await secrets.resolve(toJobEnvironment(job), {
      ...{ plugin: job.plugin, sessionId: label },
    });
    if (this.#isClosed) throw new Error('The plugin is not active any more');
    const program = toRunnerProgram(job.limits, process.execPath);
    const mask = (text: string) => secrets.mask(text, label);
    const logged = createBoundedLines(onOutput);
    const lines = createMaskedLines(mask, logged.add);
    const started = host.start({
      label,
      command: process.execPath,
      args: program.args,
      cwd: home,
      env: { PATH: path, LANG: 'C.UTF-8', HOME: home, ...env },
      writableDirs: [dir],
      readableDirs: [contentDir, ...program.readableDirs],
      ...{ networking, reachableHosts },
      callsModel: false,
      maxRssBytes: Math.min(program.maxRssBytes, this.#deps.maxRssBytes),
      onStderr: (text) => {
        this.#lastWords.add(text);
        lines.add(text);
      },
      mask,
    });
    this.#process = started;
    started.stdin.on('error', () => undefined);
    const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
    started.stdout.on('data', () => resolve());
    const end = (error?: unknown) => {
      lines.end();
      logged.end();
      const { text: said } = this.#lastWords;
      const fault = findStartFault({
        ...{ command: process.execPath, path, cwd: home, readableDirs: program.readableDirs, confines: host.confines },
        ...{ code: started.exitCode, stderr: said, error },
      });
      const words = findLastWords(said);
      const reason = fault?.text ?? `its process ended${words === undefined ? '' : ` and said “${words}”`}`;
      const details = fault === undefined ? { output: toLastLines(said) } : { remedy: fault.remedy };
      reject(new FaultError(reason, details));
      void started.end();
      if (!this.#isClosed) onEnded(reason, details);
    };
    started.once('exit', () => end());
    started.once('error', end);
    const timer = setTimeout(
      () => reject(new Error(`it did not start within ${START_TIMEOUT_MS} ms`)),
      START_TIMEOUT_MS,
    );
    try {
      await listening;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Rejects where its process does not answer on a socket of its own, and with a CspError where it answers too much. */
  async send({
    method,
    path,
    headers,
    body,
    signal,
  }: PassedRequest): Promise<{ answer: IncomingMessage; body: Buffer }> {
    const { job } = this.#options;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(job.limits.timeoutMs + ANSWER_GRACE_MS)]);
    await using socket = await openOwnSocket(job.socket ?? '', this.#deps.host.agentUser?.uid ?? process.getuid?.());
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const sent = sendRequest({
      ...{ socketPath: socket.address, method, path, signal: limit, agent: false },
      headers: { ...headers, 'content-length': body.length, host: 'plugin' },
    });
    sent.once('response', resolve);
    sent.once('error', reject);
    sent.once('upgrade', (_, other) => {
      other.destroy();
      reject(new CspError('internal', `The plugin ${job.plugin} answers in another protocol than HTTP`));
    });
    sent.once('close', () => reject(new CspError('internal', `The plugin ${job.plugin} gave no answer`)));
    sent.end(body);
    const answer = await promise;
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES)
        throw new CspError('internal', `The plugin ${job.plugin} answers with more than ${MAX_ANSWER_BYTES} bytes`);
      chunks.push(chunk);
    }
    return { answer, body: Buffer.concat(chunks) };
  }

  /** Idempotent. Resolves when nothing of it is left. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#process?.end();
    this.#options.held[Symbol.dispose]();
  }
}
