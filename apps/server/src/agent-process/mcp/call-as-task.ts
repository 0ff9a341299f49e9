import { setTimeout as delay } from 'node:timers/promises';

import { isTerminal } from '@modelcontextprotocol/sdk/experimental/tasks/interfaces.js';
import { TaskSchema, type Progress } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';

/** Sends a request to the server; see `McpConnection.request`. */
export type SendToServer = (
  request: { method: string; params: Record<string, unknown> },
  options: { signal: AbortSignal; onprogress?: (progress: Progress) => void },
) => Promise<Record<string, unknown>>;

/** How long the server shall keep the result after it is there: we ask for it at once. */
const KEEP_MS = 10 * 60 * 1000;
/** How often its state is asked for, whatever the server wishes. */
const MIN_POLL_MS = 1000;
const MAX_POLL_MS = 30_000;
const CANCEL_MS = 5000;

const created = z.looseObject({ task: TaskSchema });

/**
 * Makes a tool call as a task (revision 2025-11-25), which some tools demand: the server answers at once, and later with the
 * result. What it says of its state meanwhile becomes progress. Aborted, the task is cancelled at the server too. Rejects as
 * `send` does.
 */
export async function callAsTask(
  send: SendToServer,
  params: Record<string, unknown>,
  { signal, onprogress }: { signal: AbortSignal; onprogress?: (progress: Progress) => void },
): Promise<Record<string, unknown>> {
  const augmented = { ...params, task: { ttl: KEEP_MS } };
  const answer = await send({ method: 'tools/call', params: augmented }, { signal, ...(onprogress && { onprogress }) });
  const { success, data } = created.safeParse(answer);
  // A server may answer as if it had not been asked for a task.
  if (!success) return answer;
  const { taskId, pollInterval } = data.task;
  const over = new AbortController();
  const following = followState(() => send({ method: 'tasks/get', params: { taskId } }, { signal: over.signal }), {
    pollMs: Math.min(Math.max(pollInterval ?? MIN_POLL_MS, MIN_POLL_MS), MAX_POLL_MS),
    signal: over.signal,
    onprogress,
  });
  try {
    // The questions of the task come over this request, and it ends with the task.
    return await send({ method: 'tasks/result', params: { taskId } }, { signal });
  } catch (error) {
    if (signal.aborted) await cancel(send, taskId);
    throw error;
  } finally {
    over.abort();
    await following;
  }
}

/** Tells what the server says of the task, each text once. Never rejects. */
async function followState(
  get: () => Promise<Record<string, unknown>>,
  {
    pollMs,
    signal,
    onprogress,
  }: { pollMs: number; signal: AbortSignal; onprogress: ((progress: Progress) => void) | undefined },
): Promise<void> {
  if (onprogress === undefined) return;
  let told = '';
  for (let progress = 1; !signal.aborted; progress += 1) {
    const answer = await get().catch(() => undefined);
    const task = TaskSchema.safeParse(answer).data;
    if (task !== undefined && isTerminal(task.status)) return;
    const message = task?.statusMessage ?? '';
    if (message !== told && message !== '') onprogress({ progress, message });
    told = message;
    await delay(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

async function cancel(send: SendToServer, taskId: string): Promise<void> {
  const signal = AbortSignal.timeout(CANCEL_MS);
  await send({ method: 'tasks/cancel', params: { taskId } }, { signal }).catch(() => undefined);
}
