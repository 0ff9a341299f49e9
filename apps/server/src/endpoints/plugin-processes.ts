import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { IncomingMessage } from 'node:http';

import { CspError } from '@claude-sdk-pattern/protocol';
import type { PluginJob } from '@claude-sdk-pattern/plugin-api/job';

import { FaultError, type FaultDetails } from '../agent-process/mcp/fault.ts';
import type { McpUse } from '../agent-process/mcp/mcp-use.ts';
import type { McpSecrets } from '../agent-process/mcp/mcp-secrets.ts';
import { findReachableHosts } from '../plugins/find-reachable-hosts.ts';
import type { ActivePlugin, PluginSet } from '../plugins/plugin-set.ts';
import type { Logger } from '../telemetry/logger.ts';
import { EndpointProcess, type EndpointProcessDeps, type PassedRequest } from './endpoint-process.ts';

export interface PluginProcessesDeps extends Pick<EndpointProcessDeps, 'host' | 'path' | 'networking' | 'maxRssBytes'> {
  plugins: Pick<PluginSet, 'hold'>;
  secrets: McpSecrets;
  logger: Pick<Logger, 'info' | 'warn'>;
  /** Hears of the calls, starts and ends of a plugin's processes. */
  useOf?(plugin: ActivePlugin): McpUse;
  /** Absolute; for the folders of the processes. */
  dir: string;
  /** What they serve, for logs and as the beginning of their labels. */
  serves: 'endpoints' | 'hooks';
  uptimeMs(): number;
}

/** A plugin, and what its process is told. */
export interface PluginToServe {
  /** One process at a time has it. */
  key: string;
  plugin: ActivePlugin;
  /** @param socket Absolute path of the socket that the process is to serve. */
  toJob(socket: string): PluginJob;
}

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 60_000;
const SLUG_CHARS = 12;

/** The process of one plugin, as it was when it was started. */
interface Served {
  fingerprint: string;
  process: EndpointProcess;
  started: Promise<void>;
  use: McpUse | undefined;
  /** Ends it, and has it started again after a delay. */
  fail(reason: string): void;
}

/** Failures one after the other, without an answer in between. */
interface Failing {
  count: number;
  reason: string;
  retryAtMs: number;
}

/**
 * A process of this server for each plugin. It is started when it is needed, again when the plugin has changed, and after it
 * has failed not before a delay that doubles from 0.5 s to 60 s.
 */
export class PluginProcesses {
  readonly #deps: PluginProcessesDeps;
  readonly #served = new Map<string, Served>();
  readonly #failing = new Map<string, Failing>();

  constructor(deps: PluginProcessesDeps) {
    this.#deps = deps;
  }

  /** Of the processes that run. */
  listProcessIds(): string[] {
    return [...this.#served.values()].flatMap(({ process }) => process.processId ?? []);
  }

  /** Why a plugin cannot be used, as a sentence; undefined where it can. */
  findFailure(key: string): string | undefined {
    return this.#failing.get(key)?.reason;
  }

  /** Starts its process ahead. What fails is told by the next `send`. */
  start(target: PluginToServe): void {
    try {
      this.#serve(target);
    } catch {
      // It has failed, and is tried again later.
    }
  }

  /** A copy of what a process answered, without the secrets that it got. */
  mask<T>(value: T, key: string): T {
    return this.#deps.secrets.mask(value, this.#toLabel(key));
  }

  /** @throws CspError `overloaded` where its process fails; the signal's reason when that aborts */
  async send(target: PluginToServe, request: PassedRequest): Promise<{ answer: IncomingMessage; body: Buffer }> {
    const served = this.#serve(target);
    const endCall = served.use?.beginCall(`its ${this.#deps.serves}`);
    try {
      await served.started;
      const answered = await served.process.send(request);
      this.#failing.delete(target.key);
      endCall?.((answered.answer.statusCode ?? 500) < 500 ? 'ok' : 'error');
      return answered;
    } catch (error) {
      const isAnswer = error instanceof CspError;
      endCall?.(request.signal.aborted ? 'stopped' : isAnswer ? 'error' : 'failed', 'its process does not answer');
      if (request.signal.aborted || error instanceof CspError) throw error;
      // The connection ends before its host tells that the process has.
      served.fail('its process ended or does not answer');
      throw toUnavailable(target.plugin.name, this.findFailure(target.key) ?? 'it does not answer');
    }
  }

  /** Ends every process but these, by their keys; the others may be tried again at once. */
  keep(kept: ReadonlyMap<string, ActivePlugin>): void {
    for (const [key, { fingerprint, process, use }] of this.#served) {
      const plugin = kept.get(key);
      if (plugin !== undefined && toFingerprint(plugin) === fingerprint) continue;
      this.#served.delete(key);
      use?.noteClosed();
      void process.close();
    }
    this.#failing.clear();
  }

  /** Ends every process. */
  async close(): Promise<void> {
    const all = [...this.#served.values()];
    this.#served.clear();
    await Promise.all(all.map(({ process }) => process.close()));
  }

  #serve({ key, plugin, toJob }: PluginToServe): Served {
    const { name, contentDir } = plugin;
    const fingerprint = toFingerprint(plugin);
    const before = this.#served.get(key);
    if (before?.fingerprint === fingerprint) return before;
    const failing = this.#failing.get(key);
    if (failing && failing.retryAtMs > this.#deps.uptimeMs()) throw toUnavailable(name, failing.reason);
    const { host, secrets, path, networking, maxRssBytes, logger } = this.#deps;
    const use = this.#deps.useOf?.(plugin);
    let isStarted = false;
    const fail = (text: string, given: FaultDetails = {}) => {
      if (this.#served.get(key)?.process !== process) return;
      const [reason, details] = [secrets.mask(text, label), secrets.mask(given, label)];
      if (isStarted) use?.noteEnd(reason, details);
      else use?.noteStart('failed', reason, details);
      this.#served.delete(key);
      this.#noteFailure(key, name, reason);
      void process.close();
    };
    const dir = this.#toDir(key);
    const label = this.#toLabel(key);
    const process = new EndpointProcess(
      {
        job: toJob(join(dir, 's')),
        contentDir: contentDir ?? '/',
        held: this.#deps.plugins.hold([plugin]),
        dir,
        label,
        reachableHosts: findReachableHosts(plugin),
      },
      {
        ...{ host, secrets, path, networking, maxRssBytes, onEnded: fail },
        onOutput: (text) => logger.info({ plugin: name }, text),
      },
    );
    const started = (before?.process.close() ?? Promise.resolve()).then(() => process.start());
    const served = { fingerprint, process, started, use, fail };
    this.#served.set(key, served);
    const noteStarted = () => {
      isStarted = true;
      use?.noteStart('connected');
    };
    started.then(noteStarted, (error: unknown) =>
      fail(
        error instanceof Error ? error.message : 'it could not be started',
        error instanceof FaultError ? error.details : {},
      ),
    );
    return served;
  }

  #noteFailure(key: string, plugin: string, reason: string): void {
    const count = (this.#failing.get(key)?.count ?? 0) + 1;
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** (count - 1), MAX_DELAY_MS);
    this.#failing.set(key, { count, reason, retryAtMs: this.#deps.uptimeMs() + delayMs });
    this.#deps.logger.warn({ plugin, failures: count, reason }, `the ${this.#deps.serves} of a plugin failed`);
  }

  #toLabel(key: string): string {
    return `${this.#deps.serves === 'hooks' ? 'hooks' : 'plugin'}.${key}`;
  }

  /** Names are too long for the path of a socket. */
  #toDir(key: string): string {
    const slug = createHash('sha256').update(`${this.#deps.serves} ${key}`).digest('hex').slice(0, SLUG_CHARS);
    return join(this.#deps.dir, slug);
  }
}

/** Of all that its process gets. */
function toFingerprint({ digest, configuration, granted }: ActivePlugin): string {
  return JSON.stringify([digest, configuration, granted.secrets, granted.hosts]);
}

function toUnavailable(name: string, reason: string): CspError {
  return new CspError('overloaded', `The plugin ${name} cannot be used now: ${reason}. Try again later`);
}
