/**
 * A program that runs processes for others, until its input ends; the first line of that names its socket and its node, as
 * JSON. One connection is one process, or one question; its first line says which. A process whose connection is lost is
 * ended.
 */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

import { pino } from 'pino';

import type { HostedProcess, HostSample } from '../../../src/hosts/host.ts';
import { createLocalHost } from '../../../src/hosts/local-host.ts';
import { localLauncher } from '../../../src/hosts/local.ts';
import type { FromHost, ToHost } from './frames.ts';

const input = createInterface({ input: process.stdin });
const [first] = (await once(input, 'line')) as [string];
const { socketPath, nodeId } = JSON.parse(first) as { socketPath: string; nodeId: string };
input.once('close', () => process.exit());
const clock = { uptimeMs: () => performance.now() };
const host = createLocalHost(localLauncher, { nodeId, clock, logger: pino({ level: 'silent' }) });
/** By the names that they have on the other side. */
const running = new Map<string, HostedProcess>();

const server = createServer((socket) => {
  let hosted: HostedProcess | undefined;
  const send = (frame: FromHost) => socket.write(`${JSON.stringify(frame)}\n`);
  const answer = (result: Promise<unknown>) =>
    void result.then((value) => send({ type: 'answer', value })).finally(() => socket.end());
  socket.on('error', () => undefined);
  socket.once('close', () => void hosted?.end());
  const lines = createInterface({ input: socket });
  // It repeats the errors of its socket.
  lines.on('error', () => undefined);
  lines.on('line', (line) => {
    const frame = JSON.parse(line) as ToHost;
    switch (frame.type) {
      case 'start':
        hosted = start(frame, send);
        return;
      case 'stdin':
        hosted?.stdin.write(Buffer.from(frame.data, 'base64'));
        return;
      case 'stdin_end':
        hosted?.stdin.end();
        return;
      case 'kill':
        hosted?.kill(frame.signal);
        return;
      case 'end':
        void hosted?.end().then((exit) => endWith(socket, { type: 'ended', exit }));
        return;
      case 'sample':
        answer(sample(frame.owned));
        return;
      case 'end_left':
        answer(host.endLeft());
    }
  });
});
server.listen(socketPath, () => process.stdout.write('ready\n'));

function start({ id, request }: Extract<ToHost, { type: 'start' }>, send: (frame: FromHost) => void): HostedProcess {
  const hosted = host.start({ ...request, onStderr: (data) => send({ type: 'stderr', data }) });
  running.set(id, hosted);
  hosted.stdin.on('error', () => undefined);
  hosted.stdout.on('data', (data: Buffer) => send({ type: 'stdout', data: data.toString('base64') }));
  hosted.stdout.once('close', () => send({ type: 'stdout_end' }));
  hosted.once('exit', (code, signal) => {
    running.delete(id);
    send({ type: 'exit', code, signal });
  });
  hosted.once('error', ({ message }) => send({ type: 'error', message }));
  return hosted;
}

async function sample(owned: readonly string[]): Promise<HostSample> {
  const ids = new Map([...running].map(([id, hosted]) => [hosted.id, id]));
  const sampled = await host.sample({ owned: new Set(owned.flatMap((id) => running.get(id)?.id ?? [])) });
  return { ...sampled, trees: sampled.trees.map((tree) => ({ ...tree, id: ids.get(tree.id) ?? tree.id })) };
}

function endWith(socket: Socket, frame: FromHost): void {
  socket.end(`${JSON.stringify(frame)}\n`);
}
