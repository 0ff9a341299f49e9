import { once } from 'node:events';
import { Agent, createServer, request as sendRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

import { WebSocketServer, type WebSocket } from 'ws';

import { openBareQuery } from './bare-chat.ts';

/** The address of the relay. */
export interface RelayAddress {
  url: string;
}

/**
 * The minimum of a platform in its own process: a WebSocket, the Agent SDK, and a proxy in front of the model, so that
 * the agent has no key. It stores, checks and counts nothing. Its time above the bare SDK is the lower limit for every
 * later turn.
 */
export async function openRelay(modelUrl: string): Promise<RelayAddress> {
  const proxy = createServer({ keepAliveTimeout: 60_000 });
  const upstream = { origin: new URL(modelUrl).origin, agent: new Agent({ keepAlive: true }) };
  proxy.on('request', (request: IncomingMessage, response: ServerResponse) => {
    pass(request, response, upstream).catch(() => response.destroy());
  });
  const proxyUrl = await listen(proxy);

  let client: WebSocket | undefined;
  const tell = (frame: object) => client?.send(JSON.stringify(frame));
  const agent = await openBareQuery(proxyUrl, {
    onMessage(message) {
      if (message.type === 'result') tell({ type: 'end' });
      else if (message.type === 'stream_event' && message.event.type === 'content_block_delta') {
        if (message.event.delta.type === 'text_delta') tell({ type: 'text', text: message.event.delta.text });
      }
    },
    onEnd: (error) => tell({ type: 'failed', message: error.message }),
  });
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => {
    client = socket;
    socket.on('message', (data: Buffer) => {
      const { text } = JSON.parse(data.toString()) as { text: string };
      agent.send(text);
      tell({ type: 'message', text });
    });
    // The bench ends this process when the socket closes; the agent must have ended before.
    socket.on('close', () => void agent[Symbol.asyncDispose]().then(() => process.exit()));
  });
  const url = await listen(server);
  return { url: url.replace('http', 'ws') };
}

async function pass(
  request: IncomingMessage,
  response: ServerResponse,
  { origin, agent }: { origin: string; agent: Agent },
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { host: _, connection: __, ...headers } = request.headers;
  const sent = sendRequest(new URL(request.url ?? '/', origin), { method: request.method, agent, headers });
  sent.setNoDelay(true);
  sent.end(Buffer.concat(chunks));
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  response.writeHead(answer.statusCode ?? 500, answer.headers);
  await pipeline(answer, response);
}

async function listen(server: ReturnType<typeof createServer>): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
