import { randomBytes } from 'node:crypto';

import type { TestServer } from '@claude-sdk-pattern/testkit';

/** Creates users with an API key each, as an administrator. @throws Error if the server refuses. */
export async function createUsers(server: TestServer, count: number): Promise<{ apiKey: string }[]> {
  const admin = await signIn(server, { api_key: server.apiKey });
  const users: { apiKey: string }[] = [];
  for (let index = 1; index <= count; index += 1) {
    const email = `soak-${index}@example.com`;
    const password = randomBytes(16).toString('hex');
    await post(server, '/api/auth/admin/create-user', { email, password, name: `Soak ${index}`, role: 'user' }, admin);
    const cookie = await signIn(server, { email, password });
    const response = await post(server, '/api/v1/api-keys', { name: 'soak' }, cookie);
    users.push({ apiKey: ((await response.json()) as { key: string }).key });
  }
  return users;
}

/** Returns the cookie of the new sign-in. */
async function signIn(server: TestServer, body: object): Promise<string> {
  const response = await post(server, '/api/v1/sign-in', body);
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0])
    .join('; ');
}

async function post(server: TestServer, path: string, body: object, cookie?: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', origin: server.url, ...(cookie !== undefined && { cookie }) };
  const response = await fetch(new URL(path, server.url), { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path} was refused with ${response.status}: ${await response.text()}`);
  return response;
}
