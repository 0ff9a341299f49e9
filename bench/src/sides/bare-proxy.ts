import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A proxy of Node's own parts that does nothing but pass requests and answers on. Answers with its URL. */
export async function startBareProxy(upstreamUrl: string, apiKey: string): Promise<string> {
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, outgoing) => {
    const { connection: _connection, host: _host, ...headers } = incoming.headers;
    const options = { method: 'POST', agent, headers: { ...headers, 'x-api-key': apiKey } };
    const passed = request(new URL(incoming.url ?? '/', upstreamUrl), options, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passed.setNoDelay(true);
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
