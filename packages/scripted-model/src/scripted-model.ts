import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { createHandler } from './handle-request.ts';
import type { RecordedRequest } from './recorded-request.ts';
import { createRequestLog } from './recorded-request.ts';
import type { Pace, Scenario, ScenarioFunction } from './scenario.ts';
import { createDemoScenarios } from './demo/demo-scenarios.ts';

const defaultRecordLimit = 1000;
const demoRecordLimit = 20;
const defaultWaitTimeoutMs = 15_000;

export interface ScriptedModelOptions {
  /** The model's script; the offline demo by default. */
  scenarios?: readonly Scenario[] | ScenarioFunction;
  /** 0, the default, takes any free port. */
  port?: number;
  host?: string;
  /** When set, requests with another key get 401. */
  apiKey?: string;
  /** The speed of replies and scenarios that set none. */
  pace?: Pace;
  /** Divides every wait of the scripts: 2 is twice as fast, Infinity is instant. `hang` still hangs. */
  speed?: number;
  /** How many requests `requests` keeps; 1000, and 20 for the demo, which may run for months. */
  recordLimit?: number;
}

export interface ScriptedModel extends AsyncDisposable {
  /** The base URL, without a slash at its end. */
  readonly url: string;
  /** Oldest first. A request is added once its body has arrived. */
  readonly requests: readonly RecordedRequest[];
  /** Resolves with the first request, past or future, that the predicate accepts; rejects after `timeoutMs` (15 s). */
  waitForRequest(
    predicate: (request: RecordedRequest) => boolean,
    options?: { timeoutMs?: number },
  ): Promise<RecordedRequest>;
  /** Cuts open streams and resolves when the port is free. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts an offline Messages API.
 * @throws Error when the port is taken.
 */
export async function startScriptedModel(options: ScriptedModelOptions = {}): Promise<ScriptedModel> {
  const { host = '127.0.0.1', port = 0, speed = 1, pace = {}, apiKey } = options;
  const limit = options.recordLimit ?? (options.scenarios ? defaultRecordLimit : demoRecordLimit);
  const log = createRequestLog(limit);
  const stopped = new AbortController();
  const handle = createHandler({
    scenarios: options.scenarios ?? createDemoScenarios(),
    pace,
    speed,
    apiKey,
    log,
    signal: stopped.signal,
  });
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    request.socket.setNoDelay(true);
    handle(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  // Clients keep connections for the next turn, which may come many minutes later.
  server.keepAliveTimeout = 10 * 60_000;
  server.requestTimeout = 0;
  server.listen(port, host);
  await once(server, 'listening');

  let closing: Promise<void> | undefined;
  const close = () =>
    (closing ??= (async () => {
      stopped.abort();
      log.close();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    })());
  return {
    url: toUrl(server.address(), host),
    requests: log.requests,
    waitForRequest: (predicate, { timeoutMs = defaultWaitTimeoutMs } = {}) => log.waitFor(predicate, timeoutMs),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function toUrl(address: ReturnType<ReturnType<typeof createServer>['address']>, host: string): string {
  if (address === null || typeof address === 'string') throw new Error(`Not listening on a port of ${host}`);
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}
