import { once } from 'node:events';

import { until, type TestServer } from '@claude-sdk-pattern/testkit';
import { WebSocket } from 'ws';

import { readProcessMemory } from './process-memory.ts';

/** The memory of a server after a full garbage collection, in MB of 2^20 bytes. */
export interface CollectedMemory {
  /** What the program holds: JavaScript objects, and buffers outside of the heap of V8. */
  heldMb: number;
  /** Resident memory of the process. */
  rssMb: number;
}

export interface ServerInspector extends AsyncDisposable {
  /** Collects all garbage, then reads the memory. Undefined if the system is not Linux. */
  readCollectedMemory: () => Promise<CollectedMemory | undefined>;
}

/** The environment of a server that `openServerInspector` can open: it picks a free port. */
export const INSPECTABLE = { NODE_OPTIONS: '--inspect-port=127.0.0.1:0' };

/** As of the Chrome DevTools Protocol in Node 24, `Runtime.getHeapUsage`; in bytes. */
interface HeapUsage {
  usedSize: number;
  embedderHeapUsedSize: number;
  backingStorageSize: number;
}

const MIB = 1024 * 1024;

/** Opens the inspector of a server that was started with `INSPECTABLE`. */
export async function openServerInspector(server: Pick<TestServer, 'pid' | 'logs'>): Promise<ServerInspector> {
  const findUrl = () => /Debugger listening on (ws:\S+)/.exec(server.logs)?.[1];
  process.kill(server.pid, 'SIGUSR1');
  await until('the inspector listens', () => findUrl() !== undefined);
  const socket = new WebSocket(findUrl() ?? '');
  await once(socket, 'open');
  const answers = new Map<number, PromiseWithResolvers<unknown>>();
  socket.on('message', (data: Buffer) => {
    const { id, result } = JSON.parse(data.toString()) as { id: number; result: unknown };
    answers.get(id)?.resolve(result);
    answers.delete(id);
  });
  socket.on('error', () => undefined);
  socket.on('close', () => answers.forEach(({ reject }) => reject(new Error('The inspector was closed'))));

  let calls = 0;
  const call = (method: string): Promise<unknown> => {
    const answer = Promise.withResolvers<unknown>();
    calls += 1;
    answers.set(calls, answer);
    socket.send(JSON.stringify({ id: calls, method }));
    return answer.promise;
  };

  return {
    async readCollectedMemory() {
      // What a finalizer lets go of is collected the second time.
      for (let time = 0; time < 2; time += 1) await call('HeapProfiler.collectGarbage');
      const usage = (await call('Runtime.getHeapUsage')) as HeapUsage;
      const rssMb = (await readProcessMemory(server.pid))?.rssMb;
      const held = usage.usedSize + usage.embedderHeapUsedSize + usage.backingStorageSize;
      return rssMb === undefined ? undefined : { heldMb: held / MIB, rssMb };
    },
    async [Symbol.asyncDispose]() {
      socket.terminate();
    },
  };
}
