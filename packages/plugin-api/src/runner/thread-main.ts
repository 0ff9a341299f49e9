import { parentPort, workerData } from 'node:worker_threads';

import type { PluginContext } from '../plugin-context.ts';
import { createLog } from './create-log.ts';
import { loadPlugin, type LoadedPlugin } from './loaded-plugin.ts';
import { toReason } from './to-reason.ts';
import type { PluginJob } from './plugin-job.ts';
import { runEndpoint } from './run-endpoint.ts';
import { runHook } from './run-hook.ts';
import { runTool } from './run-tool.ts';
import type { Answer, MessageFromThread, MessageToThread, Work } from './thread-messages.ts';

// The thread that the plugin's own code runs in.
const job = workerData as PluginJob;
if (parentPort === null) throw new Error('This module is only run as a thread');
const port = parentPort;
const send = (message: MessageFromThread) => port.postMessage(message);
const log = createLog((level, message) => send({ type: 'logged', level, message }));
const running = new Map<number, AbortController>();

async function run(plugin: LoadedPlugin, id: number, work: Work): Promise<Answer> {
  const aborter = new AbortController();
  running.set(id, aborter);
  const { configuration, secrets } = job;
  const context: PluginContext = { signal: aborter.signal, log, configuration, secrets };
  if (work.kind === 'endpoint') return { kind: 'endpoint', response: await runEndpoint(plugin, work.request, context) };
  if (work.kind === 'hook') return { kind: 'hook', outcome: await runHook(plugin, work.call, context) };
  const result = await runTool(plugin, work.call, {
    ...context,
    workspace: work.workspace,
    progress: (progress) => send({ type: 'progress', id, progress }),
  });
  return { kind: 'tool', result };
}

async function answer(plugin: LoadedPlugin, id: number, work: Work): Promise<void> {
  try {
    // What cannot be sent, such as a function in a result, throws here too.
    send({ type: 'answered', id, answer: await run(plugin, id, work) });
  } catch (error) {
    send({ type: 'failed', id, reason: toReason(error) });
  } finally {
    running.delete(id);
  }
}

try {
  const plugin = await loadPlugin(job);
  port.on('message', (message: MessageToThread) => {
    switch (message.type) {
      case 'work':
        void answer(plugin, message.id, message.work);
        return;
      case 'abort':
        running.get(message.id)?.abort(new Error(message.reason));
        return;
      case 'ping':
        send({ type: 'pong' });
    }
  });
  send({ type: 'loaded', offer: plugin.offer });
} catch (error) {
  send({ type: 'unusable', reason: toReason(error) });
}
