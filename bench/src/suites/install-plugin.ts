import type { TestServer } from '@claude-sdk-pattern/testkit';

/** Takes a plugin in and activates it. @throws Error with the server's answer where it refuses. */
export async function installPlugin(
  server: TestServer,
  name: string,
  source: object,
  grants: object = {},
): Promise<void> {
  await post(server, '', { source });
  await post(server, `/${name}/activate`, { grants });
}

/** @throws Error with the server's answer where it refuses. */
export async function removePlugin(server: TestServer, name: string): Promise<void> {
  await check(await server.fetch(`/api/v1/plugins/${name}`, { method: 'DELETE' }));
}

async function post(server: TestServer, path: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  await check(await server.fetch(`/api/v1/plugins${path}`, { method: 'POST', headers, body: JSON.stringify(body) }));
}

async function check(response: Response): Promise<void> {
  if (!response.ok) throw new Error(`The server refused: ${response.status} ${await response.text()}`);
}
