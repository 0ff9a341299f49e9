import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';

import { ACTOR_ID_HEADER, ACTOR_ROLE_HEADER, type PluginJob } from '@claude-sdk-pattern/plugin-api/job';
import { CspError } from '@claude-sdk-pattern/protocol';

import type { McpUse } from '../agent-process/mcp/mcp-use.ts';
import type { McpSecrets } from '../agent-process/mcp/mcp-secrets.ts';
import type { Actor } from '../identity/actor.ts';
import type { ActivePlugin, PluginSet } from '../plugins/plugin-set.ts';
import { toPluginJob } from '../plugins/to-plugin-job.ts';
import type { Logger } from '../telemetry/logger.ts';
import { EndpointProcess, type EndpointProcessDeps, type PassedRequest } from './endpoint-process.ts';
import { toAnswerHeaders, toPassedHeaders } from './pass-on.ts';

export interface PluginEndpointsDeps extends Pick<EndpointProcessDeps, 'host' | 'path' | 'networking' | 'maxRssBytes'> {
  plugins: PluginSet;
  secrets: McpSecrets;
  logger: Pick<Logger, 'info' | 'warn'>;
  /** Hears of their calls, starts and ends. */
  useOf(plugin: string): McpUse;
  /** Absolute; for the folders of their processes. */
  dir: string;
  uptimeMs(): number;
}

export interface EndpointRequest extends Omit<PassedRequest, 'headers'> {
  name: string;
  headers: IncomingHttpHeaders;
  actor: Pick<Actor, 'userId' | 'role'>;
}

export interface EndpointAnswer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 60_000;
const SLUG_CHARS = 12;

/** The process of one plugin, as it was when it was started. */
interface Served {
  fingerprint: string;
  process: EndpointProcess;
  started: Promise<void>;
  use: McpUse;
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
 * Passes requests on to the processes of plugins. A process is started at the first request, again when the plugin
 * has changed, and after it has failed not before a delay that doubles from 0.5 s to 60 s.
 */
export class PluginEndpoints {
  readonly #deps: PluginEndpointsDeps;
  readonly #served = new Map<string, Served>();
  readonly #failing = new Map<string, Failing>();
  readonly #stopWatching: () => void;

  constructor(deps: PluginEndpointsDeps) {
    this.#deps = deps;
    this.#stopWatching = deps.plugins.onChanged(() => this.#endChanged());
  }

  /** Of the processes that run. */
  listProcessIds(): string[] {
    return [...this.#served.values()].flatMap(({ process }) => process.processId ?? []);
  }

  /** Why the endpoints of a plugin cannot be used, as a sentence; undefined where they can. */
  findFailure(name: string): string | undefined {
    return this.#failing.get(name)?.reason;
  }

  /** @throws CspError `not_found` where no active plugin has endpoints; `overloaded` where its process fails */
  async send({ name, headers, actor, ...request }: EndpointRequest): Promise<EndpointAnswer> {
    const plugin = this.#deps.plugins.current.find((each) => each.name === name);
    const job = plugin && this.#toJob(plugin);
    if (job === undefined) throw new CspError('not_found', `There is no active plugin ${name} with endpoints`);
    const served = this.#serve(plugin as ActivePlugin, job);
    const endCall = served.use.beginCall('its endpoints');
    try {
      await served.started;
      const passed = {
        ...toPassedHeaders(headers),
        ...{ [ACTOR_ID_HEADER]: actor.userId, [ACTOR_ROLE_HEADER]: actor.role },
      };
      const { answer, body } = await served.process.send({ ...request, headers: passed });
      this.#failing.delete(name);
      const status = answer.statusCode ?? 500;
      endCall(status < 500 ? 'ok' : 'error');
      return { status, headers: toAnswerHeaders(answer.headers, name), body };
    } catch (error) {
      const isAnswer = error instanceof CspError;
      endCall(request.signal.aborted ? 'stopped' : isAnswer ? 'error' : 'failed', 'its process does not answer');
      if (request.signal.aborted || error instanceof CspError) throw error;
      // The connection ends before its host tells that the process has.
      served.fail('its process ended or does not answer');
      throw toUnavailable(name, this.findFailure(name) ?? 'it does not answer');
    }
  }

  /** Ends every process. */
  async close(): Promise<void> {
    this.#stopWatching();
    const all = [...this.#served.values()];
    this.#served.clear();
    await Promise.all(all.map(({ process }) => process.close()));
  }

  #toJob(plugin: ActivePlugin): PluginJob | undefined {
    const module = plugin.manifest.csp?.endpoints?.module;
    if (module === undefined) return undefined;
    const socket = join(this.#toDir(plugin.name), 's');
    return toPluginJob(plugin, { part: 'endpoints', module, toolNames: [], socket });
  }

  /** Names are too long for the path of a socket. */
  #toDir(name: string): string {
    return join(this.#deps.dir, createHash('sha256').update(name).digest('hex').slice(0, SLUG_CHARS));
  }

  #serve(plugin: ActivePlugin, job: PluginJob): Served {
    const { name, contentDir } = plugin;
    const fingerprint = toFingerprint(plugin);
    const before = this.#served.get(name);
    if (before?.fingerprint === fingerprint) return before;
    const failing = this.#failing.get(name);
    if (failing && failing.retryAtMs > this.#deps.uptimeMs()) throw toUnavailable(name, failing.reason);
    const { host, secrets, path, networking, maxRssBytes, logger } = this.#deps;
    const use = this.#deps.useOf(name);
    let isStarted = false;
    const fail = (reason: string) => {
      if (this.#served.get(name)?.process !== process) return;
      if (isStarted) use.noteEnd(reason);
      else use.noteStart('failed', reason);
      this.#served.delete(name);
      this.#noteFailure(name, reason);
      void process.close();
    };
    const process = new EndpointProcess(
      { job, contentDir: contentDir ?? '/', dir: this.#toDir(name) },
      {
        ...{ host, secrets, path, networking, maxRssBytes, onEnded: fail },
        onOutput: (text) => logger.info({ plugin: name }, secrets.mask(text.trimEnd(), `plugin.${name}`)),
      },
    );
    const started = (before?.process.close() ?? Promise.resolve()).then(() => process.start());
    const served = { fingerprint, process, started, use, fail };
    this.#served.set(name, served);
    const noteStarted = () => {
      isStarted = true;
      use.noteStart('connected');
    };
    started.then(noteStarted, (error: unknown) =>
      fail(error instanceof Error ? error.message : 'it could not be started'),
    );
    return served;
  }

  #noteFailure(name: string, reason: string): void {
    const count = (this.#failing.get(name)?.count ?? 0) + 1;
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** (count - 1), MAX_DELAY_MS);
    this.#failing.set(name, { count, reason, retryAtMs: this.#deps.uptimeMs() + delayMs });
    this.#deps.logger.warn({ plugin: name, failures: count, reason }, 'the endpoints of a plugin failed');
  }

  /** What is not active as it was ends, and may be tried again at once. */
  #endChanged(): void {
    const current = new Map(this.#deps.plugins.current.map((plugin) => [plugin.name, toFingerprint(plugin)]));
    for (const [name, { fingerprint, process, use }] of this.#served) {
      if (current.get(name) === fingerprint) continue;
      this.#served.delete(name);
      use.noteClosed();
      void process.close();
    }
    this.#failing.clear();
  }
}

/** Of all that its process gets. */
function toFingerprint({ digest, configuration, granted }: ActivePlugin): string {
  return JSON.stringify([digest, configuration, granted.secrets]);
}

function toUnavailable(name: string, reason: string): CspError {
  return new CspError('overloaded', `The plugin ${name} cannot be used now: ${reason}. Try again later`);
}
