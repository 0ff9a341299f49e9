import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { createWorkspaceDir, listProcesses, until, type TestServer } from '@claude-sdk-pattern/testkit';

import type { Findings } from '../findings.ts';
import { startPart } from '../parts/start-part.ts';
import { createSeries, type BenchContext, type Series } from '../series.ts';
import { toAgentMarker } from '../sides/agent-tree.ts';
import { openPlatformChat, type PlatformChat } from '../sides/platform-chat.ts';
import { summarize } from '../statistics.ts';
import { installPlugin, removePlugin } from './install-plugin.ts';
import { withServer } from './with-server.ts';

/** The sandbox of an agent shows nothing of the checkout by itself. */
const ROOT = join(import.meta.dirname, '../../..');
const MISBEHAVING = join(ROOT, 'apps/server/src/agent-process/mcp/fixtures/stdio-server.mjs');
const ROUNDS = { full: 3, quick: 1 };
const MOST_READY_MS = 100;
/** Between two looks at `/health/ready`. */
const LOOK_MS = 10;
/** A call without an answer is stopped after this time, as a person would. */
const PATIENCE_MS = 3000;
const LIMITS = { memory_mb: 128, timeout_ms: 2000 };
const TOOLS = ['throws', 'rejects', 'silent', 'exits', 'spins', 'allocates'] as const;

interface Fault {
  name: string;
  /** The tool that the model calls; none where the fault comes before any call. */
  tool?: string;
  source: object;
}

/**
 * Plugins that fail in every way, one after the other, each with a session that calls it, is stopped where it waits, and
 * goes on. Meanwhile the server is asked all the time whether it is ready.
 */
export async function measurePluginFaults({ quick, signal }: BenchContext): Promise<Findings> {
  await using folder = await createWorkspaceDir();
  await using model = await startPart<{ url: string }>('serve-calling-model.ts');
  const faults = [...processFaults(), ...(await writeToolFaults(folder.path))];
  const environment = {
    CLAUDE_SDK_PATTERN_MAX_MCP_SERVER_RSS_MB: '512',
    CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '0',
    CLAUDE_SDK_PATTERN_SANDBOX_READABLE_PATHS: ROOT,
  };
  return await withServer(
    { modelUrl: model.ready.url },
    (server) => measure(server, faults, quick, signal),
    environment,
  );
}

async function measure(
  server: TestServer,
  faults: readonly Fault[],
  quick: boolean,
  signal: AbortSignal,
): Promise<Findings> {
  await allowTools(server, faults);
  const calm = createSeries('plugin-faults.ready.calm', '/health/ready, nothing running');
  const ready = createSeries('plugin-faults.ready', '/health/ready, while plugins fail');
  await watchReady(server, calm, () => delay(2000));
  const rows: string[][] = [];
  let broken = 0;
  let left = 0;
  for (let round = 0; round < (quick ? ROUNDS.quick : ROUNDS.full); round += 1) {
    for (const fault of faults) {
      signal.throwIfAborted();
      const own = createSeries(fault.name, fault.name);
      const goesOn = await watchReady(server, own, () => meet(server, fault));
      const processes = await countLeft(server);
      ready.samples.push(...own.samples);
      if (!goesOn) broken += 1;
      left += processes;
      const { p99, max } = summarize(own.samples);
      rows.push([
        [fault.name, fault.tool].filter(Boolean).join(': '),
        goesOn ? 'goes on' : 'broken',
        `${p99.toFixed(1)} ms`,
        `${max.toFixed(1)} ms`,
        `${processes}`,
      ]);
    }
  }
  return {
    series: [calm, ready],
    facts: [
      {
        id: 'plugin-faults.ready.p99',
        label: 'p99 of /health/ready',
        ...{ unit: 'ms', atMost: MOST_READY_MS },
        value: summarize(ready.samples).p99,
      },
      { id: 'plugin-faults.broken', label: 'Sessions that did not go on', value: broken, unit: '', atMost: 0 },
      { id: 'plugin-faults.left', label: 'Processes left behind', value: left, unit: '', atMost: 0 },
    ],
    tables: [{ title: 'Each fault', columns: ['fault', 'session', 'p99 of ready', 'longest', 'left behind'], rows }],
  };
}

/** One session meets a fault. True when a turn after it has its answer. */
async function meet(server: TestServer, { name, tool, source }: Fault): Promise<boolean> {
  await installPlugin(server, name, source);
  try {
    await using chat = await openPlatformChat(server);
    if (tool !== undefined) await callAndStop(server, chat, `mcp__${name}__${tool}`);
    const { completedMs } = await chat.say('Go on');
    return completedMs > 0;
  } catch {
    return false;
  } finally {
    await removePlugin(server, name);
  }
}

async function callAndStop(server: TestServer, chat: PlatformChat, tool: string): Promise<void> {
  const ended = new AbortController();
  // A turn that is stopped has no text, which `say` takes for a failure.
  const turn = chat
    .say(`call ${tool}`)
    .then(
      () => undefined,
      () => undefined,
    )
    .finally(() => ended.abort());
  await delay(PATIENCE_MS, undefined, { signal: ended.signal }).catch(() => undefined);
  if (!ended.signal.aborted) {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ events: [{ type: 'user.interrupt' }] });
    await server.fetch(`/v1/sessions/${chat.sessionId}/events`, { method: 'POST', headers, body });
  }
  await turn;
}

async function watchReady<T>(server: TestServer, series: Series, during: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  const watch = async () => {
    while (!over.signal.aborted) {
      const startedAt = performance.now();
      const response = await server.fetch('/health/ready');
      await response.text();
      series.samples.push(response.ok ? performance.now() - startedAt : Infinity);
      await delay(LOOK_MS);
    }
  };
  const watching = watch();
  try {
    return await during();
  } finally {
    over.abort();
    await watching;
  }
}

async function countLeft(server: TestServer): Promise<number> {
  let left = 0;
  const isGone = async () => (left = (await listProcesses(toAgentMarker(server))).length) === 0;
  await until('nothing is left', isGone, 15_000).catch(() => undefined);
  return left;
}

async function allowTools(server: TestServer, faults: readonly Fault[]): Promise<void> {
  const { version } = (await (await server.fetch('/api/v1/policy')).json()) as { version: number };
  const rules = faults.map(({ name }) => ({ effect: 'allow', rule: `mcp__${name}` }));
  const headers = { 'content-type': 'application/json' };
  const init = { method: 'PUT', headers, body: JSON.stringify({ version, rules }) };
  const response = await server.fetch('/api/v1/policy', init);
  if (!response.ok) throw new Error(`The policy was refused: ${await response.text()}`);
}

/** Faults of an MCP server on standard streams. */
function processFaults(): Fault[] {
  const toFault = (name: string, args: readonly string[], tool?: string): Fault => ({
    ...{ name, ...(tool !== undefined && { tool }) },
    source: { type: 'mcp', name, command: process.execPath, args: [MISBEHAVING, ...args] },
  });
  return [
    toFault('text-on-stdout', ['--text'], 'echo'),
    toFault('unread-stderr', ['--stderr'], 'echo'),
    toFault('dies-connecting', ['--die']),
    toFault('never-connects', ['--silent']),
    toFault('dies-in-call', [], 'die'),
    toFault('never-answers', [], 'hang'),
    toFault('busy-loop', [], 'spin'),
    toFault('huge-answer', [], 'huge'),
    toFault('endless-answer', [], 'endless'),
    toFault('no-json-rpc', [], 'wrong'),
    toFault('allocates', [], 'allocate'),
    toFault('leaves-children', [], 'children'),
    toFault('ignores-sigterm', ['--deaf'], 'hang'),
    toFault('invalid-schemas', ['--invalid'], 'echo'),
    toFault('ten-thousand-tools', ['--tools=10000']),
    toFault('endless-pages', ['--circle']),
  ];
}

/** Faults of tools in TypeScript, which run isolated. */
async function writeToolFaults(root: string): Promise<Fault[]> {
  const path = join(root, 'typescript');
  await mkdir(join(path, '.claude-plugin'), { recursive: true });
  const csp = { tools: { module: './tools.ts', names: TOOLS }, limits: LIMITS };
  const manifest = { name: 'typescript', version: '1.0.0', description: 'Fails', csp };
  await writeFile(join(path, '.claude-plugin/plugin.json'), JSON.stringify(manifest));
  await writeFile(join(path, 'tools.ts'), TOOLS_MODULE);
  return TOOLS.map((tool) => ({ name: 'typescript', tool, source: { type: 'path', path } }));
}

const TOOLS_MODULE = `
import { definePlugin, defineTool } from '@claude-sdk-pattern/plugin-api';
import { z } from 'zod';

const toTool = (name: string, run: () => Promise<string>) =>
  defineTool({ name, description: 'Fails', input: z.object({}), run });

export const plugin = definePlugin({
  tools: [
    toTool('throws', () => { throw new Error('thrown'); }),
    toTool('rejects', () => { void Promise.reject(new Error('nobody waits for it')); return Promise.reject(new Error('rejected')); }),
    toTool('silent', () => new Promise(() => undefined)),
    toTool('exits', () => process.exit(3)),
    toTool('spins', () => { for (;;); }),
    toTool('allocates', () => { const held: unknown[] = []; for (;;) held.push(Array.from({ length: 1e6 }, () => held.length)); }),
  ],
});
`;
