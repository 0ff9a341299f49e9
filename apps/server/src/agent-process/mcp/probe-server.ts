import type { ProbeOutcome } from '../../vaults/validate-credential.ts';
import { createBoundedFetch } from './bounded-fetch.ts';
import { createReadBudget } from './read-budget.ts';

const TIMEOUT_MS = 15_000;

/** For a server that connects agents to no MCP server: nothing is found out. */
export const refuseProbe = (): Promise<ProbeOutcome> => Promise.resolve({ state: 'failed', method: 'initialize' });

/**
 * Connects to an MCP server over streamable HTTP with this header and lists its tools, as a session would, in 15 s at most
 * for each revision that it may speak. Never rejects.
 */
export async function probeServer(url: string, authorization: string): Promise<ProbeOutcome> {
  return (await probeStateless(url, authorization)) ?? (await probeInitialized(url, authorization));
}

/** Undefined when the server does not answer in revision 2026-07-28. */
async function probeStateless(url: string, authorization: string): Promise<ProbeOutcome | undefined> {
  const [{ createStatelessClient }, { createStatelessHttpLink }] = await Promise.all([
    import('./stateless-client.ts'),
    import('./stateless-http-link.ts'),
  ]);
  const ignore = () => undefined;
  const link = createStatelessHttpLink(
    { url, headers: { authorization } },
    { budget: createReadBudget(), onFlood: ignore, onOddity: ignore },
  );
  const handlers = { onToolsChanged: ignore, onPageDone: ignore, onClosed: ignore, showsApps: false };
  const client = createStatelessClient({ ...handlers, onQuestion: () => Promise.resolve({ action: 'decline' }) });
  const options = { timeout: TIMEOUT_MS, signal: AbortSignal.timeout(TIMEOUT_MS) };
  let isConnected = false;
  try {
    await client.connect(link, options);
    isConnected = true;
    if (client.has('tools')) await client.request({ method: 'tools/list', params: {} }, options);
    return { state: 'ok' };
  } catch {
    return isConnected ? { state: 'failed', method: 'tools/list' } : undefined;
  } finally {
    await client.close();
  }
}

async function probeInitialized(url: string, authorization: string): Promise<ProbeOutcome> {
  const [{ Client }, { StreamableHTTPClientTransport }] = await Promise.all([
    import('@modelcontextprotocol/sdk/client/index.js'),
    import('@modelcontextprotocol/sdk/client/streamableHttp.js'),
  ]);
  let refusal: { status: number; contentType: string } | undefined;
  const send = createBoundedFetch({ budget: createReadBudget(), onFlood: () => undefined });
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { authorization } },
    async fetch(input, init) {
      const response = await send(input, init);
      const { status, headers } = response;
      if (!response.ok && init?.method === 'POST') refusal = { status, contentType: headers.get('content-type') ?? '' };
      return response;
    },
  });
  const client = new Client({ name: 'claude-sdk-pattern', version: '1' });
  const options = { timeout: TIMEOUT_MS, signal: AbortSignal.timeout(TIMEOUT_MS) };
  let method = 'initialize';
  try {
    await client.connect(transport, options);
    if (client.getServerCapabilities()?.tools !== undefined) {
      method = 'tools/list';
      await client.listTools({}, options);
    }
    return { state: 'ok' };
  } catch {
    return { state: 'failed', method, ...(refusal !== undefined && { answer: refusal }) };
  } finally {
    await client.close();
  }
}
