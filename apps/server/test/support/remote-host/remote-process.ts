import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { PassThrough, Writable } from 'node:stream';

import { MAX_STDERR_CHARS, type Exit } from '../../../src/hosts/exit.ts';
import type { HostedProcess, StartRequest } from '../../../src/hosts/host.ts';
import { createMaskedTail } from '../../../src/lib/masked-tail.ts';
import type { FromHost, ToHost } from './frames.ts';

/** A process at the other end of a connection of its own. */
export function createRemoteProcess(
  socket: Socket,
  { id, request: { onStderr, mask = (text) => text, ...request } }: { id: string; request: StartRequest },
): HostedProcess {
  const startedAtMs = performance.now();
  const events = new EventEmitter();
  const ended = Promise.withResolvers<Exit>();
  const stdout = new PassThrough();
  // A function does not travel, so the secrets are hidden at this end.
  const tail = createMaskedTail(mask, MAX_STDERR_CHARS);
  let gone: { code: number | null; signal: NodeJS.Signals | null } | undefined;
  let killed = false;

  const send = (frame: ToHost, done?: (error?: Error | null) => void) =>
    socket.writable ? socket.write(`${JSON.stringify(frame)}\n`, done) : done?.();
  const stdin = new Writable({
    write: (chunk: Buffer, _encoding, done) => send({ type: 'stdin', data: chunk.toString('base64') }, done),
    final: (done) => send({ type: 'stdin_end' }, done),
  });
  const leave = (code: number | null, signal: NodeJS.Signals | null) => {
    if (gone !== undefined) return;
    gone = { code, signal };
    events.emit('exit', code, signal);
  };

  const handle = (frame: FromHost) => {
    switch (frame.type) {
      case 'stdout':
        stdout.write(Buffer.from(frame.data, 'base64'));
        return;
      case 'stdout_end':
        stdout.end();
        return;
      case 'stderr':
        tail.add(frame.data);
        onStderr?.(frame.data);
        return;
      case 'exit':
        leave(frame.code, frame.signal);
        return;
      case 'error':
        events.emit('error', new Error(frame.message));
        return;
      case 'ended':
        ended.resolve({ ...frame.exit, stderrTail: tail.text });
        return;
      case 'answer':
        throw new Error('Nothing was asked');
    }
  };

  const lines = createInterface({ input: socket });
  // It repeats the errors of its socket.
  lines.on('error', () => undefined);
  lines.on('line', (line) => handle(JSON.parse(line) as FromHost));
  socket.on('error', () => undefined);
  socket.once('close', () => {
    stdout.end();
    stdin.destroy();
    const exit = { code: null, signal: null, afterMs: performance.now() - startedAtMs, stderrTail: '' };
    ended.resolve(gone === undefined ? { ...exit, cause: 'host_lost' } : { ...exit, ...gone, cause: 'died' });
    leave(null, 'SIGKILL');
  });
  events.on('error', () => undefined);
  send({ type: 'start', id, request });

  return {
    id,
    stdin,
    stdout,
    get killed() {
      return killed;
    },
    get exitCode() {
      return gone?.code ?? null;
    },
    get signalCode() {
      return gone?.signal ?? null;
    },
    on: events.on.bind(events),
    once: events.once.bind(events),
    off: events.off.bind(events),
    end() {
      send({ type: 'end' });
      return ended.promise;
    },
    kill(signal) {
      killed = true;
      send({ type: 'kill', ...(signal && { signal }) });
      return true;
    },
  };
}
