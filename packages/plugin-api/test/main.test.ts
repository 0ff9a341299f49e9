import { join } from 'node:path';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { describe, expect, it } from 'vitest';

import { toJobEnvironment, type PluginJob } from '../src/runner/plugin-job.ts';

const FAULTY = join(import.meta.dirname, 'fixtures/faulty/faulty.ts');
const RUNNER = join(import.meta.dirname, '../src/runner/main.ts');

/** A client of the real process. */
async function openProcess(changes: Partial<PluginJob> = {}) {
  const job: PluginJob = {
    ...{ part: 'tools', plugin: 'faulty', version: '1', module: FAULTY, toolNames: null },
    ...{ configuration: { url: 'https://${secret:KEY}@a.example' }, secrets: { KEY: '${secret:KEY}' } },
    limits: { memoryMb: 64, timeoutMs: 5000, concurrency: 5 },
    ...changes,
  };
  // What the platform does when it starts the process.
  const env = Object.fromEntries(
    Object.entries(toJobEnvironment(job)).map(([name, value]) => [name, value.replaceAll('${secret:KEY}', 'k"1')]),
  );
  const transport = new StdioClientTransport({ command: process.execPath, args: [RUNNER], env, stderr: 'pipe' });
  const client = new Client({ name: 'test', version: '1' });
  const errors: Error[] = [];
  let stderr = '';
  transport.stderr?.on('data', (data: Buffer) => (stderr += data.toString()));
  Object.assign(client, { onerror: (error: Error) => errors.push(error) });
  await client.connect(transport);
  return { client, errors, stderr: () => stderr, [Symbol.asyncDispose]: () => client.close() };
}

describe('the process of a plugin', () => {
  it('is an MCP server whose output belongs to the protocol, also when the plugin writes and ends', async () => {
    await using opened = await openProcess();
    const { client, errors } = opened;
    expect(client.getServerVersion()).toEqual({ name: 'faulty', version: '1' });
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain('echo');
    const call = async (name: string, args = {}) => (await client.callTool({ name, arguments: args })).content;
    expect(await call('print')).toEqual([{ type: 'text', text: 'printed' }]);
    expect(await call('exit')).toEqual([{ type: 'text', text: 'The plugin ended itself with exit code 3' }]);
    expect(await call('allocate')).toEqual([{ type: 'text', text: expect.stringContaining('64 MB') }]);
    const echoed = await client.callTool({ name: 'echo', arguments: { text: 'a' } });
    const [{ text } = { text: '' }] = echoed.content as { text: string }[];
    expect(JSON.parse(text)).toMatchObject({
      ...{ secrets: { KEY: 'k"1' }, configuration: { url: 'https://k"1@a.example' }, inherited: [] },
      workspace: process.cwd(),
    });
    expect(errors).toEqual([]);
    await expect.poll(opened.stderr).toContain('plain text');
    expect(opened.stderr()).toContain('warn: The input of the tool bad-schema');
  });

  it('tells the progress of a call, and stops it when the client cancels', async () => {
    await using opened = await openProcess();
    const stop = new AbortController();
    const options = { signal: stop.signal, onprogress: (progress: unknown) => stop.abort(progress) };
    const call = opened.client.callTool({ name: 'never', arguments: {} }, undefined, options);
    await expect(call).rejects.toThrow();
    expect(stop.signal.reason).toEqual({ progress: 1, message: 'waits' });
    expect((await opened.client.callTool({ name: 'print', arguments: {} })).isError).toBeUndefined();
  });

  it('ends with a reason where the plugin cannot be used', async () => {
    await expect(openProcess({ module: join(import.meta.dirname, 'none.ts') })).rejects.toThrow('Connection closed');
  });
});
