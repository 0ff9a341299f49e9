import { randomBytes } from 'node:crypto';

import type { TestServer } from '@claude-sdk-pattern/testkit';

/** Makes operators, who may let agents act without asking, with an API key each, as an administrator does. @throws Error when the server refuses. */
export async function createUsers(server: TestServer, count: number): Promise<{ apiKey: string }[]> {
  const users: { apiKey: string }[] = [];
  for (let index = 1; index <= count; index += 1) {
    const account = { email: `soak-${index}@example.com`, name: `Soak ${index}` };
    const password = randomBytes(16).toString('hex');
    const { id } = await post<{ id: string }>(server, '/api/v1/users', { ...account, password, role: 'operator' });
    const { key } = await post<{ key: string }>(server, `/api/v1/users/${id}/api-keys`, { name: 'soak' });
    users.push({ apiKey: key });
  }
  return users;
}

async function post<T>(server: TestServer, path: string, body: object): Promise<T> {
  const headers = { 'content-type': 'application/json', 'x-api-key': server.apiKey };
  const response = await fetch(new URL(path, server.url), { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path} was refused with ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}
