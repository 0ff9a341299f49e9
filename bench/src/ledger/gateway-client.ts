import { readFile, readlink } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';

import { listProcesses, until, type TestServer } from '@claude-sdk-pattern/testkit';

/** The way of a session's agent process to the model gateway. */
export interface GatewayAccess {
  url: string;
  token: string;
  /** Of Claude Code itself. */
  pid: number;
}

/** Reads from the environment of a session's agent process how that reaches the gateway; only root and its user can. */
export function findGatewayAccess(server: TestServer, sessionId: string): Promise<GatewayAccess> {
  return until('the agent process runs', async () => {
    const name = await readlink(join(server.dataDir, 'workspaces', sessionId)).catch(() => undefined);
    if (name === undefined) return undefined;
    const running = await listProcesses(join(server.dataDir, 'agents', name));
    const cli = running.find(({ command }) => /^\S*\/claude /.test(command));
    if (cli === undefined) return undefined;
    const environment = await readFile(`/proc/${cli.pid}/environ`, 'latin1').catch(() => '');
    const find = (key: string) => new RegExp(`(?:^|\\0)${key}=([^\\0]*)`).exec(environment)?.[1];
    const [url, token] = [find('ANTHROPIC_BASE_URL'), find('ANTHROPIC_API_KEY')];
    return url === undefined || token === undefined ? undefined : { url, token, pid: cli.pid };
  });
}

const BODY = JSON.stringify({
  ...{ model: 'claude-opus-5-5', max_tokens: 1024, stream: true },
  messages: [{ role: 'user', content: 'Go on.' }],
});

/** Makes calls at a gateway as an agent process does. Never rejects: false where the call did not end well. */
export function createGatewayClient() {
  const agent = new Agent({ keepAlive: true });
  return {
    call: ({ url, token }: GatewayAccess): Promise<boolean> =>
      new Promise((resolve) => {
        const headers = { 'content-type': 'application/json', 'content-length': BODY.length, 'x-api-key': token };
        const outgoing = request(new URL('/v1/messages', url), { method: 'POST', agent, headers }, (answer) => {
          answer.resume();
          answer.once('end', () => resolve(answer.statusCode === 200));
          answer.once('error', () => resolve(false));
        });
        outgoing.once('error', () => resolve(false));
        outgoing.end(BODY);
      }),
    close: () => agent.destroy(),
  };
}
