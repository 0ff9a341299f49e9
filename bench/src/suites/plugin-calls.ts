import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

import { toJobEnvironment, type PluginJob } from '@claude-sdk-pattern/plugin-api/job';
import { createToolServer, openInProcess } from '@claude-sdk-pattern/plugin-api/runner';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';

import { interleave } from '../interleave.ts';
import { createSeries, type BenchContext, type Series } from '../series.ts';

const ROUNDS = { full: 2000, quick: 300 };
const WARM_UP_ROUNDS = 100;
const MODULE = join(import.meta.dirname, '../../../plugins/tool/tools.ts');
/** Nothing but the way to the plugin and back: a call that its schema refuses. */
const CALL = { name: 'count_words', arguments: { path: 1 } };

/** One call of a plugin's tool, in the plugin's own process and in this one, by turns. */
export async function measurePluginCalls({ quick, signal }: BenchContext): Promise<Series[]> {
  const job: PluginJob = {
    ...{ part: 'tools', plugin: 'bench', version: '1', module: MODULE, toolNames: null },
    ...{ configuration: {}, secrets: {}, limits: { memoryMb: 256, timeoutMs: 10_000, concurrency: 10 } },
  };
  const main = fileURLToPath(import.meta.resolve('@claude-sdk-pattern/plugin-api/runner/main'));
  const [here, there] = InMemoryTransport.createLinkedPair();
  const source = await openInProcess(job, { workspace: '/', onLog: () => undefined });
  await createToolServer(source, { name: 'bench', version: '1' }).connect(there);
  await using isolated = await createContender(
    createSeries('plugins.isolated.call', 'in a process of its own'),
    new StdioClientTransport({ command: process.execPath, args: [main], env: toJobEnvironment(job), stderr: 'ignore' }),
  );
  await using inProcess = await createContender(createSeries('plugins.in-process.call', 'in this process'), here);
  const contenders = { isolated: isolated.measure, inProcess: inProcess.measure };
  await interleave(contenders, { rounds: WARM_UP_ROUNDS, signal });
  for (const { series } of [isolated, inProcess]) series.samples.length = 0;
  await interleave(contenders, { rounds: quick ? ROUNDS.quick : ROUNDS.full, signal });
  return [isolated.series, inProcess.series];
}

async function createContender(series: Series, transport: Transport) {
  const client = new Client({ name: 'bench', version: '1' });
  await client.connect(transport);
  return {
    series,
    async measure() {
      const startedAt = performance.now();
      await client.callTool(CALL);
      series.samples.push(performance.now() - startedAt);
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
