import { createLog, type WriteLog } from './create-log.ts';
import { CallSlots } from './call-slots.ts';
import { loadPlugin } from './loaded-plugin.ts';
import { toReason } from './to-reason.ts';
import type { PluginJob } from './plugin-job.ts';
import { runTool, toFailure } from './run-tool.ts';
import type { ToolSource } from './tool-source.ts';

export interface InProcessOptions {
  workspace: string;
  onLog: WriteLog;
}

/**
 * Runs the tools of a plugin in this very process: for plugins that an administrator trusts. Only the time and the number
 * of its calls are limited. Rejects with an Error for people where the plugin cannot be used.
 */
export async function openInProcess(job: PluginJob, { workspace, onLog }: InProcessOptions): Promise<ToolSource> {
  const plugin = await loadPlugin(job);
  const slots = new CallSlots(job.limits.concurrency);
  const log = createLog(onLog);
  for (const problem of plugin.offer.problems) log.warn(problem);
  const { configuration, secrets, limits } = job;
  return {
    listTools: () => plugin.offer.tools,
    async callTool(call, { signal, onProgress }) {
      try {
        using _ = await slots.take(signal);
        const limit = AbortSignal.any([signal, AbortSignal.timeout(limits.timeoutMs)]);
        const { promise: stopped, reject } = Promise.withResolvers<never>();
        limit.addEventListener(
          'abort',
          () =>
            reject(
              new Error(signal.aborted ? 'The call was stopped' : `It did not answer within ${limits.timeoutMs} ms`),
            ),
          { once: true },
        );
        const progress = onProgress ?? (() => undefined);
        const context = { ...{ signal: limit, log, configuration, secrets, workspace }, progress };
        return await Promise.race([runTool(plugin, call, context), stopped]);
      } catch (error) {
        return toFailure(toReason(error));
      }
    },
  };
}
