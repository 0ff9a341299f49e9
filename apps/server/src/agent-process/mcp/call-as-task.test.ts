import {
  InMemoryTaskMessageQueue,
  InMemoryTaskStore,
} from '@modelcontextprotocol/sdk/experimental/tasks/stores/in-memory.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { ElicitResultSchema, type CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { until } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openRelay } from './fixtures/relay-harness.ts';
import type { OpenMcpLink } from './mcp-link.ts';

interface Work {
  tell(message: string): Promise<void>;
  ask(message: string): Promise<unknown>;
  finish(status: 'completed' | 'failed', result: CallToolResult): Promise<void>;
  status(): Promise<string | undefined>;
}

const text = (value: string): CallToolResult => ({ content: [{ type: 'text', text: value }] });

/** A server of the SDK whose tool `long` runs as a task only, and does what `work` says. */
function toTaskServer(work: (context: Work) => Promise<void>): OpenMcpLink {
  return async () => {
    const taskStore = new InMemoryTaskStore();
    const capabilities = { tools: {}, tasks: { cancel: {}, list: {}, requests: { tools: { call: {} } } } };
    const server = new McpServer(
      { name: 'tasks', version: '1' },
      { capabilities, taskStore, taskMessageQueue: new InMemoryTaskMessageQueue() },
    );
    server.experimental.tasks.registerToolTask(
      'long',
      { description: 'Takes long', execution: { taskSupport: 'required' } },
      {
        async createTask(extra) {
          const task = await extra.taskStore.createTask({ ttl: 60_000, pollInterval: 1 });
          const { taskId } = task;
          void work({
            tell: (message) => taskStore.updateTaskStatus(taskId, 'working', message),
            async ask(message) {
              await taskStore.updateTaskStatus(taskId, 'input_required');
              const params = {
                mode: 'form' as const,
                message,
                requestedSchema: { type: 'object' as const, properties: {} },
              };
              const request = { method: 'elicitation/create' as const, params };
              // Its type lacks this field (SDK 1.32.2).
              const options = { timeout: 30_000, relatedTask: { taskId } };
              return extra.sendRequest(request, ElicitResultSchema, options);
            },
            finish: (status, result) => taskStore.storeTaskResult(taskId, status, result),
            status: async () => (await taskStore.getTask(taskId))?.status,
          });
          return { task };
        },
        getTask: async (extra) => {
          const task = await extra.taskStore.getTask(extra.taskId);
          if (task === null) throw new Error('no such task');
          return task;
        },
        getTaskResult: async (extra) => (await extra.taskStore.getTaskResult(extra.taskId)) as CallToolResult,
      },
    );
    const [transport, other] = InMemoryTransport.createLinkedPair();
    await server.connect(other);
    return { transport, lost: undefined, isProcess: false, close: () => server.close() };
  };
}

it('runs a tool as a task where the tool demands it, with its states as progress and its questions for people', async () => {
  const seen = Promise.withResolvers<void>();
  await using relay = await openRelay({
    openLink: toTaskServer(async ({ tell, ask, finish }) => {
      await tell('Looking around');
      await seen.promise;
      const answer = await ask('Which one?');
      await finish('completed', text(JSON.stringify(answer)));
    }),
    elicit: () => Promise.resolve({ action: 'accept', content: {} }),
  });
  const { tools } = await relay.client.listTools();
  // Claude Code makes no tasks, so it does not hear of them.
  expect(tools).toEqual([expect.not.objectContaining({ execution: expect.anything() as unknown })]);
  const messages: unknown[] = [];
  const result = await relay.call('long', {
    onprogress({ message }) {
      messages.push(message);
      seen.resolve();
    },
  });
  expect(messages).toContain('Looking around');
  expect(result.content).toEqual(text('{"action":"accept","content":{}}').content);
});

it('gives the agent the failure of a task, and cancels the task of a stopped call', async () => {
  const tasks: Work[] = [];
  await using relay = await openRelay({
    openLink: toTaskServer(async (task) => {
      tasks.push(task);
      if (tasks.length === 1) await task.finish('failed', { ...text('no luck'), isError: true });
      else await task.tell('Looking around');
    }),
  });
  expect(await relay.call('long')).toMatchObject({ isError: true, content: text('no luck').content });
  await relay.stopCall('long');
  await until('it is cancelled', async () => (await tasks[1]?.status()) === 'cancelled');
});
