import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { WebSocket, WebSocketServer } from 'ws';

/** The commands of a part, by name. Values are sent as JSON. */
export type Commands = Readonly<Record<string, (argument: never) => unknown>>;

/** Lets another process call the commands over a socket. Returns the socket's address. */
export async function serveControl(commands: Commands): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      const { id, name, argument } = JSON.parse(data.toString()) as { id: number; name: string; argument: never };
      void (async () => {
        try {
          socket.send(JSON.stringify({ id, result: (await commands[name]?.(argument)) ?? null }));
        } catch (error) {
          socket.send(JSON.stringify({ id, error: String(error) }));
        }
      })();
    });
  });
  await once(server, 'listening');
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export interface Control extends AsyncDisposable {
  /** @throws Error with the error of the part */
  call: <Result>(name: string, argument?: object) => Promise<Result>;
}

export async function openControl(url: string): Promise<Control> {
  const socket = new WebSocket(url);
  const waiting = new Map<number, PromiseWithResolvers<never>>();
  let calls = 0;
  socket.on('message', (data: Buffer) => {
    const answer = JSON.parse(data.toString()) as { id: number; result: never; error?: string };
    const call = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (answer.error === undefined) call?.resolve(answer.result);
    else call?.reject(new Error(answer.error));
  });
  socket.on('close', () => {
    for (const call of waiting.values()) call.reject(new Error('The part has ended'));
  });
  await once(socket, 'open');
  return {
    call(name: string, argument: object = {}) {
      const call = Promise.withResolvers<never>();
      const id = (calls += 1);
      waiting.set(id, call);
      socket.send(JSON.stringify({ id, name, argument }));
      return call.promise;
    },
    async [Symbol.asyncDispose]() {
      socket.terminate();
    },
  };
}

/** Microseconds of a clock that all processes of the machine share. */
export function readMicroseconds(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
