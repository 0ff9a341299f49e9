import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';

import { toReason } from './to-reason.ts';
import type { PluginRunner } from './plugin-runner.ts';
import type { HookCall } from './run-hook.ts';

/** Answers the platform's `POST`, whose body is a `HookCall`, with a `HookOutcome`, or with 500 and the reason as a text. */
export function createHookServer(runner: Pick<PluginRunner, 'callHook'>): Server {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const aborter = new AbortController();
    response.once('close', () => aborter.abort());
    try {
      const outcome = await runner.callHook((await json(request)) as HookCall, { signal: aborter.signal });
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(outcome));
    } catch (error) {
      response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(toReason(error));
    }
  };
  return createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
}
