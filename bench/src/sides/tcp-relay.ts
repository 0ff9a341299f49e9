import { connect, createServer, type AddressInfo } from 'node:net';

/**
 * Passes bytes on in both directions and reads none of them: the least that another process on the way can add. It keeps one connection to
 * the upstream for each that it has. Answers with its URL.
 */
export async function startTcpRelay(upstreamUrl: string): Promise<string> {
  const { hostname, port } = new URL(upstreamUrl);
  const server = createServer({ noDelay: true }, (incoming) => {
    const upstream = connect({ host: hostname, port: Number(port), noDelay: true });
    incoming.on('data', (chunk) => upstream.write(chunk));
    upstream.on('data', (chunk) => incoming.write(chunk));
    for (const [one, other] of [
      [incoming, upstream],
      [upstream, incoming],
    ] as const)
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
