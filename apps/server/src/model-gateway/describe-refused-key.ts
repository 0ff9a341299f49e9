import type { UsableKey } from './upstreams/upstream-keys.ts';

/** Whose key the upstream has refused, and where it is changed, for the people of the session. */
export function describeRefusedKey(key: UsableKey, statusCode: number): string {
  const { whose, remedy } = toWords(key);
  return `The model API refuses ${whose} (status ${statusCode}). ${remedy}, then send a message to continue`;
}

function toWords(key: UsableKey): { whose: string; remedy: string } {
  if (key.state === 'none_needed')
    return { whose: 'calls without a key', remedy: 'Ask an operator to set a key of the model API' };
  const { owner, secret = '' } = key;
  switch (owner) {
    case 'user':
      return {
        whose: `the key of the session's owner, the secret ${secret}`,
        remedy: 'They change or remove it in the settings, below Secrets',
      };
    case 'agent':
      return {
        whose: `the key of the agent, its secret ${secret}`,
        remedy: 'Who may change the agent changes or removes it',
      };
    case 'platform':
      return { whose: `the platform's API key, the secret ${secret}`, remedy: 'Ask an operator to set a valid one' };
    case 'server':
      return { whose: "the server's API key", remedy: 'Ask an operator to set a valid one' };
  }
}
