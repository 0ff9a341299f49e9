import type { TestServer } from '@claude-sdk-pattern/testkit';

/** Makes a user without any rights of an operator, and answers an API key of theirs. */
export async function createUserKey(server: Pick<TestServer, 'url' | 'apiKey'>, name: string): Promise<string> {
  const post = async <T>(path: string, body: object): Promise<T> => {
    const headers = { 'content-type': 'application/json', 'x-api-key': server.apiKey };
    const response = await fetch(`${server.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  const account = { email: `${name}@example.com`, name, password: 'correct horse battery' };
  const { id } = await post<{ id: string }>('/api/v1/users', account);
  return (await post<{ key: string }>(`/api/v1/users/${id}/api-keys`, { name: 'test' })).key;
}
