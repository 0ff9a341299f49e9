import type { TestServer } from '@claude-sdk-pattern/testkit';

/** Lets every command run without asking, also where agents are not confined and no session may never ask. */
export async function allowCommands(server: Pick<TestServer, 'fetch'>): Promise<void> {
  const body = JSON.stringify({ version: 0, rules: [{ effect: 'allow', rule: 'Bash' }] });
  const headers = { 'content-type': 'application/json' };
  const response = await server.fetch('/api/v1/policy', { method: 'PUT', headers, body });
  if (!response.ok) throw new Error(`The policy was refused: ${await response.text()}`);
}
