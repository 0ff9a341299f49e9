import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { createSdkMcpServer, tool } from '@anthropic-ai/claude-agent-sdk';
import { createWorkspaceDir, startServer, until, type TestServer } from '@claude-sdk-pattern/testkit';

import { interleave } from '../interleave.ts';
import { NO_RATE_LIMITS } from '../no-rate-limits.ts';
import { createSeries, type BenchContext, type Series } from '../series.ts';
import { openBareChat } from '../sides/bare-chat.ts';
import { openPlatformChat } from '../sides/platform-chat.ts';
import { waitForSpares } from '../sides/spares.ts';
import { installPlugin } from './install-plugin.ts';
import { add, createTurnSeries } from './turn-series.ts';

const ROUNDS = { full: 20, quick: 5 };
const REST_MS = 150;
const QUIET_BUDGET_MS = { full: 45_000, quick: 5000 };
const FOLDERS = 50;
const SERVERS = 10;
/** The longest that the CLI takes to connect to servers in the program that started it. */
const BARE_CONNECT_MS = 1000;
/** Ten processes on a busy machine. */
const CONNECT_TIMEOUT_MS = 120_000;
/** The sandbox of an agent shows nothing of the checkout by itself. */
const ROOT = join(import.meta.dirname, '../../..');
const MCP_SERVER = join(ROOT, 'bench/serve-mcp.mjs');

/** What active plugins add to the start of the server, and ten of their MCP servers to a first turn on a warm spare. */
export async function measurePluginStarts(context: BenchContext): Promise<Series[]> {
  return [...(await measureServerStarts(context)), ...(await measureFirstTexts(context))];
}

async function measureServerStarts({ quick, signal }: BenchContext): Promise<Series[]> {
  await using folder = await createWorkspaceDir();
  const environment = { ...NO_RATE_LIMITS, CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '0' };
  await using bare = await startServer({ environment });
  await using full = await startServer({ environment });
  for (let index = 0; index < FOLDERS; index += 1) {
    const path = await writePlugin(join(folder.path, `plugin-${index}`), `plugin-${index}`);
    await installPlugin(full, `plugin-${index}`, { type: 'path', path }, { hooks: ['Stop'] });
  }
  const without = createSeries('plugins.start.without', 'the server is ready, without plugins');
  const within = createSeries('plugins.start.with-50', `the server is ready, ${FOLDERS} plugins active`);
  const restart = async (server: TestServer, series: Series) => {
    await server.stop();
    const startedAt = performance.now();
    await server.restart();
    series.samples.push(performance.now() - startedAt);
    await server.stop();
  };
  const contenders = { bare: () => restart(bare, without), full: () => restart(full, within) };
  await interleave(contenders, { rounds: 1, restMs: REST_MS, signal });
  for (const series of [without, within]) series.samples.length = 0;
  await interleave(contenders, { ...toPace(quick), signal });
  return [without, within];
}

async function measureFirstTexts({ modelUrl, quick, signal }: BenchContext): Promise<Series[]> {
  const environment = {
    ...NO_RATE_LIMITS,
    CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '1',
    CLAUDE_SDK_PATTERN_SANDBOX_READABLE_PATHS: ROOT,
  };
  await using bare = await startServer({ upstreamUrl: modelUrl, environment });
  await using full = await startServer({ upstreamUrl: modelUrl, environment });
  for (let index = 0; index < SERVERS; index += 1) {
    await installPlugin(full, `server-${index}`, {
      ...{ type: 'mcp', name: `server-${index}`, command: process.execPath, args: [MCP_SERVER] },
    });
  }
  const without = createTurnSeries('plugins.first-turn.without', 'warm spare, without MCP servers');
  const within = createTurnSeries('plugins.first-turn.with-10', `warm spare, ${SERVERS} MCP servers as processes`);
  const spares = new Map<TestServer, number>();
  const measure = async (server: TestServer, servers: number, series: typeof without) => {
    const used = spares.get(server) ?? 0;
    spares.set(server, used + 1);
    await waitForSpare(server, servers * (used + 1));
    {
      await using chat = await openPlatformChat(server);
      add(series, await chat.say('Where do I add an endpoint?'));
    }
    // The pool refills itself now, which must not overlap with the next measurement.
    await waitForSpare(server, servers * (used + 2));
  };
  const bareWithout = createTurnSeries('plugins.first-turn.bare-without', 'bare SDK, warm, without MCP servers');
  const bareWithin = createTurnSeries(
    'plugins.first-turn.bare-with-10',
    `bare SDK, warm, ${SERVERS} MCP servers in the program`,
  );
  const measureBare = async (servers: number, series: typeof without) => {
    await using chat = await openBareChat(modelUrl, { started: true, mcpServers: makeServers(servers) });
    await delay(BARE_CONNECT_MS);
    add(series, await chat.say('Where do I add an endpoint?'));
  };
  const contenders = {
    bare: () => measure(bare, 0, without),
    full: () => measure(full, SERVERS, within),
    sdk: () => measureBare(0, bareWithout),
    sdkFull: () => measureBare(SERVERS, bareWithin),
  };
  await interleave(contenders, { rounds: 1, restMs: REST_MS, signal });
  const all = [...without, ...within, ...bareWithout, ...bareWithin];
  for (const series of all) series.samples.length = 0;
  await interleave(contenders, { ...toPace(quick), signal });
  return all;
}

/** The same servers as programs of the bare SDK have them: what they add is the CLI's own. */
function makeServers(count: number) {
  const run = () => Promise.resolve({ content: [{ type: 'text' as const, text: 'Nothing.' }] });
  const names = Array.from({ length: count }, (_, index) => `server-${index}`);
  const make = (name: string) => createSdkMcpServer({ name, tools: [tool('look_up', 'Looks a word up', {}, run)] });
  return Object.fromEntries(names.map((name) => [name, make(name)]));
}

/** Resolves when a spare is ready, and this many MCP servers have been started in all. */
async function waitForSpare(server: TestServer, started: number): Promise<void> {
  await waitForSpares(server, 1);
  const readStarted = async () => {
    const metrics = await (await server.fetch('/metrics')).text();
    const counts = Array.from(
      metrics.matchAll(/^csp_mcp_server_starts_total\{[^}]*outcome="connected"[^}]*\} (\d+)/gm),
    );
    return counts.reduce((sum, [, count]) => sum + Number(count), 0) >= started;
  };
  await until(`${started} MCP servers are connected`, readStarted, CONNECT_TIMEOUT_MS);
}

function toPace(quick: boolean) {
  const size = quick ? 'quick' : 'full';
  return { rounds: ROUNDS[size], restMs: REST_MS, quietBudgetMs: QUIET_BUDGET_MS[size] };
}

/** A plugin of a skill, a command, a subagent and a hook. */
async function writePlugin(path: string, name: string): Promise<string> {
  const files = {
    '.claude-plugin/plugin.json': JSON.stringify({ name, version: '1.0.0', description: `The plugin ${name}` }),
    'skills/look-up/SKILL.md': `---\nname: look-up\ndescription: Looks a word up for ${name}\n---\nLook the word up.\n`,
    'commands/define.md': '---\ndescription: Defines a word\n---\nDefine $ARGUMENTS.\n',
    'agents/reader.md': '---\nname: reader\ndescription: Reads\n---\nRead.\n',
    'hooks/hooks.json': JSON.stringify({ hooks: { Stop: [{ hooks: [{ type: 'command', command: 'true' }] }] } }),
  };
  for (const [file, content] of Object.entries(files)) {
    await mkdir(join(path, file, '..'), { recursive: true });
    await writeFile(join(path, file), content);
  }
  return path;
}
