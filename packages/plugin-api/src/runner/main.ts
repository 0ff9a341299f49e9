import { rmSync } from 'node:fs';

import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';

import { toReason } from './to-reason.ts';
import { takeJob } from './plugin-job.ts';
import { PluginRunner } from './plugin-runner.ts';
import { createEndpointServer } from './serve-endpoints.ts';
import { createHookServer } from './serve-hooks.ts';
import { createToolServer } from './serve-tools.ts';

// The process of one plugin. It ends with its standard input: its host closes that, also by dying.
const job = takeJob(process.env);
const { plugin: name, version, socket } = job;
const note = (text: string) => process.stderr.write(`${text}\n`);
const runner = new PluginRunner(job, {
  workspace: process.cwd(),
  onLog: (level, message) => note(`${level}: ${message}`),
  onOutput: (text) => process.stderr.write(text),
});
process.stdin.once('end', () => process.exit());
process.stdin.once('close', () => process.exit());
try {
  const { problems } = await runner.start();
  for (const problem of problems) note(`warn: ${problem}`);
  if (socket === undefined) await createToolServer(runner, { name, version }).connect(new StdioServerTransport());
  else {
    rmSync(socket, { force: true });
    process.stdin.resume();
    const server = job.part === 'hooks' ? createHookServer(runner) : createEndpointServer(runner, note);
    server.listen(socket, () => process.stdout.write('listening\n'));
  }
} catch (error) {
  note(`Error: ${toReason(error)}`);
  process.exit(1);
}
