import { takeJob } from '@claude-sdk-pattern/plugin-api/job';
import { createToolServer, openInProcess } from '@claude-sdk-pattern/plugin-api/runner';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';

import type { McpLink } from './mcp-link.ts';

/**
 * A link to the tools of a plugin in this process. What it logs is not kept: a plugin in a process has no log either but
 * its last words.
 * @param environment What its process would have.
 * @param workspace Absolute path of the session's workspace.
 */
export async function createInProcessLink(environment: Record<string, string>, workspace: string): Promise<McpLink> {
  const job = takeJob({ ...environment });
  const source = await openInProcess(job, { workspace, onLog: () => undefined });
  const server = createToolServer(source, { name: job.plugin, version: job.version });
  const [transport, other] = InMemoryTransport.createLinkedPair();
  await server.connect(other);
  return { transport, lost: undefined, isProcess: false, close: () => server.close() };
}
