import type { TestServer } from '@claude-sdk-pattern/testkit';

const PASSWORD = 'correct horse battery';

/** Makes a user without any rights of an operator, and answers an API key of theirs. */
export async function createUserKey(server: Pick<TestServer, 'url' | 'apiKey'>, name: string): Promise<string> {
  const email = `${name}@example.com`;
  const post = async (path: string, body: object, cookie = ''): Promise<Response> => {
    const headers = { 'content-type': 'application/json', origin: server.url, cookie };
    const response = await fetch(`${server.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response;
  };
  const signIn = async (body: object): Promise<string> => {
    const cookies = (await post('/api/v1/sign-in', body)).headers.getSetCookie();
    return cookies.map((cookie) => cookie.split(';')[0]).join('; ');
  };
  const admin = await signIn({ api_key: server.apiKey });
  await post('/api/auth/admin/create-user', { email, name, password: PASSWORD, role: 'user' }, admin);
  const created = await post('/api/v1/api-keys', { name: 'test' }, await signIn({ email, password: PASSWORD }));
  const { key } = (await created.json()) as { key: string };
  return key;
}
