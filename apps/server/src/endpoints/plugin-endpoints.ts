import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';

import { ACTOR_ID_HEADER, ACTOR_ROLE_HEADER } from '@claude-sdk-pattern/plugin-api/job';
import { CspError } from '@claude-sdk-pattern/protocol';

import type { Actor } from '../identity/actor.ts';
import type { ActivePlugin, PluginSet } from '../plugins/plugin-set.ts';
import { toPluginJob } from '../plugins/to-plugin-job.ts';
import { findCorrelation } from '../telemetry/correlation.ts';
import { toTraceHeaders } from '../telemetry/trace-headers.ts';
import type { PassedRequest } from './endpoint-process.ts';
import { toAnswerHeaders, toPassedHeaders } from './pass-on.ts';
import { PluginProcesses, type PluginProcessesDeps, type PluginToServe } from './plugin-processes.ts';

export interface PluginEndpointsDeps extends Omit<PluginProcessesDeps, 'serves'> {
  plugins: PluginSet;
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

/** Passes requests on to the processes of plugins. A process is started at the first request. */
export class PluginEndpoints {
  readonly #plugins: PluginSet;
  readonly #processes: PluginProcesses;
  readonly #stopWatching: () => void;

  constructor({ plugins, ...deps }: PluginEndpointsDeps) {
    this.#plugins = plugins;
    this.#processes = new PluginProcesses({ ...deps, plugins, serves: 'endpoints' });
    this.#stopWatching = plugins.onChanged(() =>
      this.#processes.keep(new Map(plugins.current.map((plugin) => [plugin.name, plugin]))),
    );
  }

  /** Of the processes that run. */
  listProcessIds(): string[] {
    return this.#processes.listProcessIds();
  }

  /** Why the endpoints of a plugin cannot be used, as a sentence; undefined where they can. */
  findFailure(name: string): string | undefined {
    return this.#processes.findFailure(name);
  }

  /** @throws CspError `not_found` where no active plugin has endpoints; `overloaded` where its process fails */
  async send({ name, headers, actor, ...request }: EndpointRequest): Promise<EndpointAnswer> {
    const plugin = this.#plugins.current.find((each) => each.name === name);
    const target = plugin && toTarget(plugin);
    if (target === undefined) throw new CspError('not_found', `There is no active plugin ${name} with endpoints`);
    const span = findCorrelation()?.span;
    const passed = {
      ...toPassedHeaders(headers),
      ...(span && toTraceHeaders(span)),
      ...{ [ACTOR_ID_HEADER]: actor.userId, [ACTOR_ROLE_HEADER]: actor.role },
    };
    const { answer, body } = await this.#processes.send(target, { ...request, headers: passed });
    const headersOfAnswer = this.#processes.mask(toAnswerHeaders(answer.headers, name), target.key);
    return { status: answer.statusCode ?? 500, headers: headersOfAnswer, body: this.#toMasked(body, target.key) };
  }

  /** Texts lose the secrets that its process got; what is no UTF-8 stays. */
  #toMasked(body: Buffer, key: string): Buffer {
    if (!isUtf8(body)) return body;
    const text = body.toString('utf8');
    const masked = this.#processes.mask(text, key);
    return masked === text ? body : Buffer.from(masked, 'utf8');
  }

  /** Ends every process. */
  async close(): Promise<void> {
    this.#stopWatching();
    await this.#processes.close();
  }
}

function toTarget(plugin: ActivePlugin): PluginToServe | undefined {
  const module = plugin.manifest.csp?.endpoints?.module;
  if (module === undefined) return undefined;
  return {
    ...{ key: plugin.name, plugin },
    toJob: (socket) => toPluginJob(plugin, { part: 'endpoints', module, toolNames: [], socket }),
  };
}
