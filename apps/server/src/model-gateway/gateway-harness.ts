import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http';
import { connect, type AddressInfo } from 'node:net';

import { systemClock } from '../lib/clock.ts';
import { createLogger } from '../telemetry/logger.ts';
import type { MeteredRequest } from '../usage/usage-recorder.ts';
import { CONNECTION_LIMITS, type ConnectionLimits } from './bound-connections.ts';
import { startModelGateway } from './model-gateway.ts';
import { createSessionTokens, type ModelCallListener } from './session-tokens.ts';

/** For tests: a gateway between a real upstream server and a real client. */
export interface GatewayHarness extends AsyncDisposable {
  url: string;
  /** Token of the session `sesn_1`. */
  token: string;
  /** A token of another session. */
  issue(sessionId: string): string;
  revoke(): void;
  /** Stops the gateway before the end of the test. */
  close(): Promise<void>;
  metered: MeteredRequest[];
  /** Sends a request as it is and resolves with its head; the body is the caller's to read. */
  call(options?: CallOptions): Promise<IncomingMessage>;
  /** Sends bytes on a socket of their own and resolves with all that comes back, once the gateway has closed it. */
  sendRaw(bytes: string, options?: { isCut?: boolean }): Promise<string>;
}

export interface CallOptions {
  method?: string;
  path?: string;
  headers?: Readonly<Record<string, string>>;
  body?: string | Buffer;
  /** Calls over this socket, not over the network. */
  socketPath?: string;
  signal?: AbortSignal;
}

const REAL_KEY = 'sk-real-key';

export interface HarnessOptions {
  apiKey?: string | undefined;
  basePath?: string;
  socketPath?: string;
  /** URL of an upstream that the test runs itself. */
  baseUrl?: string;
  /** None by default, so that each call is made once. */
  maxRetries?: number;
  listener?: ModelCallListener;
  connectionLimits?: Partial<ConnectionLimits>;
}

/** Starts both servers. Without an upstream nothing listens where the gateway expects it. */
export async function startGatewayHarness(
  upstream: RequestListener | undefined,
  options: HarnessOptions = {},
): Promise<GatewayHarness> {
  const server = createServer(upstream);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  if (upstream === undefined) server.close();
  const tokens = createSessionTokens();
  const metered: MeteredRequest[] = [];
  const gateway = await startModelGateway({
    upstream: {
      baseUrl: options.baseUrl ?? `http://127.0.0.1:${port}${options.basePath ?? ''}`,
      apiKey: 'apiKey' in options ? options.apiKey : REAL_KEY,
    },
    tokens,
    clock: systemClock,
    logger: createLogger({ level: 'silent' }),
    maxRetries: options.maxRetries ?? 0,
    socketPath: options.socketPath,
    connectionLimits: { ...CONNECTION_LIMITS, ...options.connectionLimits },
    onRequest: (request) => void metered.push(request),
  });
  const { listener } = options;
  const token = tokens.issue({ sessionId: 'sesn_1', ownerId: 'user_1', ...(listener && { listener }) });
  return {
    url: gateway.url,
    token,
    issue: (sessionId) => tokens.issue({ sessionId, ownerId: 'user_2' }),
    revoke: () => tokens.revoke(token),
    close: () => gateway.close(),
    metered,
    async call({ method = 'POST', path = '/v1/messages', headers = { 'x-api-key': token }, body, ...rest } = {}) {
      const request = httpRequest(gateway.url + path, { method, headers, agent: false, ...rest });
      // After the head, an abort shows on the answer.
      request.on('error', () => undefined);
      request.end(body);
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      return response;
    },
    async sendRaw(bytes, { isCut = false } = {}) {
      const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
      socket.write(bytes, 'latin1');
      if (isCut) socket.end();
      let received = '';
      for await (const chunk of socket) received += String(chunk);
      return received;
    },
    async [Symbol.asyncDispose]() {
      await gateway.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The rest of a body, as text. */
export async function readBody(message: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of message) text += String(chunk);
  return text;
}
