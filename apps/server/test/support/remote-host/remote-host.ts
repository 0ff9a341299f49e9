import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

import type { Host, HostSample } from '../../../src/hosts/host.ts';
import type { FromHost, ToHost } from './frames.ts';
import { createRemoteProcess } from './remote-process.ts';

/** A host whose processes are no children of the server: they run in `serve-host.ts`, behind a unix socket. */
export function createRemoteHost(socketPath: () => string): Host {
  const ask = <T>(question: ToHost): Promise<T> =>
    new Promise((resolve, reject) => {
      const socket = connect(socketPath());
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('The host has not answered')));
      const lines = createInterface({ input: socket });
      // It repeats the errors of its socket.
      lines.on('error', () => undefined);
      lines.on('line', (line) => {
        const frame = JSON.parse(line) as FromHost;
        if (frame.type === 'answer') resolve(frame.value as T);
      });
      socket.write(`${JSON.stringify(question)}\n`);
    });

  return {
    name: 'remote',
    confines: false,
    terminalProblem: 'The test host has no terminals',
    start: (request) => createRemoteProcess(connect(socketPath()), { id: randomUUID(), request }),
    sample: ({ owned }) => ask<HostSample>({ type: 'sample', owned: [...owned] }),
    endLeft: () => ask<number>({ type: 'end_left' }),
    close: () => Promise.resolve(),
  };
}
