import { CspError } from '@claude-sdk-pattern/protocol';
import { z } from 'zod';

import { HANDLER_TIME_LIMIT_MS } from '../hooks/hook-dispatcher.ts';
import type { PluginHook, PluginHookAnswer } from '../hooks/plugin-hook.ts';
import { makeRoom } from '../lib/make-room.ts';
import { toServedHandlers } from '../plugins/delivery/served-folder.ts';
import type { ActivePlugin, PluginSet } from '../plugins/plugin-set.ts';
import { toPluginJob } from '../plugins/to-plugin-job.ts';
import { PluginProcesses, type PluginProcessesDeps, type PluginToServe } from './plugin-processes.ts';

export interface PluginHooksDeps extends Omit<PluginProcessesDeps, 'serves'> {
  plugins: PluginSet;
}

/** A plugin as a process of a session was started with it. */
export interface HookingPlugin {
  name: string;
  digest: string;
}

const outcome = z.object({
  deny: z.string().optional(),
  ask: z.string().optional(),
  contexts: z.array(z.string()),
});
/** Versions that sessions may still have. */
const MAX_REMEMBERED = 200;
const MAX_REASON_CHARS = 300;

/** The hooks that plugins have in TypeScript: a process for each version that a session has. */
export class PluginHooks {
  readonly #processes: PluginProcesses;
  readonly #known = new Map<string, ActivePlugin>();
  readonly #stopWatching: () => void;

  constructor({ plugins, ...deps }: PluginHooksDeps) {
    this.#processes = new PluginProcesses({ ...deps, plugins, serves: 'hooks' });
    const remember = () => {
      for (const plugin of plugins.current) {
        if (toServedHandlers(plugin).length === 0) continue;
        makeRoom(this.#known, MAX_REMEMBERED);
        this.#known.set(toKey(plugin), plugin);
      }
      // A session that still has another version starts that again when it needs it.
      this.#processes.keep(new Map(plugins.current.map((plugin) => [toKey(plugin), plugin])));
    };
    remember();
    this.#stopWatching = plugins.onChanged(remember);
  }

  /** Of the processes that run. */
  listProcessIds(): string[] {
    return this.#processes.listProcessIds();
  }

  /** Of these plugins, those that have hooks. Their processes are started. */
  of(plugins: readonly HookingPlugin[]): PluginHook[] {
    return plugins.flatMap((each) => {
      const plugin = this.#known.get(toKey(each));
      if (plugin === undefined) return [];
      const target = toTarget(plugin);
      this.#processes.start(target);
      const { on_failure: onFailure = 'skip', timeout_ms: timeLimitMs = HANDLER_TIME_LIMIT_MS } =
        plugin.manifest.csp?.hooks ?? {};
      return [
        {
          ...{ plugin: plugin.name, events: toServedHandlers(plugin), onFailure, timeLimitMs },
          ask: (event, input, signal) => this.#ask(target, { event, input }, signal),
        },
      ];
    });
  }

  async close(): Promise<void> {
    this.#stopWatching();
    await this.#processes.close();
  }

  async #ask(target: PluginToServe, call: object, signal: AbortSignal): Promise<PluginHookAnswer> {
    const request = {
      ...{ method: 'POST', path: '/', headers: { 'content-type': 'application/json' }, signal },
      body: Buffer.from(JSON.stringify(call)),
    };
    const { answer, body } = await this.#processes.send(target, request).catch((error: unknown) => {
      // Its process was ended because another version of the plugin serves now.
      if (signal.aborted || this.#processes.findFailure(target.key) !== undefined) throw error;
      return this.#processes.send(target, request);
    });
    const text = body.toString('utf8');
    if (answer.statusCode === 200) return this.#processes.mask(outcome.parse(JSON.parse(text)), target.key);
    throw new CspError('internal', this.#processes.mask(text, target.key).slice(0, MAX_REASON_CHARS));
  }
}

function toKey({ name, digest }: HookingPlugin): string {
  return `${name}.${digest.slice(0, 12)}`;
}

function toTarget(plugin: ActivePlugin): PluginToServe {
  const { module = '', events = [] } = plugin.manifest.csp?.hooks ?? {};
  return {
    ...{ key: toKey(plugin), plugin },
    toJob: (socket) => toPluginJob(plugin, { part: 'hooks', module, toolNames: [...events], socket }),
  };
}
