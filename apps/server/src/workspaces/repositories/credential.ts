import { CspError } from '@claude-sdk-pattern/protocol';

/** What the server shows a git server in place of a person. It stays in the server. */
export type Credential = { type: 'basic'; username: string; password: string } | { type: 'ssh_key'; key: string };

/** What GitHub wants; GitLab, Gitea, Bitbucket and Azure take any name with a token. */
const TOKEN_USER = 'x-access-token';

/**
 * Reads a secret: a token, `user:password`, or a private key of SSH.
 * @throws CspError `invalid_request` where the address needs the other kind
 */
export function readCredential(secret: string, protocol: 'https' | 'http' | 'ssh'): Credential {
  const value = secret.trim();
  const isKey = value.startsWith('-----BEGIN ');
  if (isKey !== (protocol === 'ssh'))
    throw new CspError(
      'invalid_request',
      isKey
        ? 'The secret of the repository is an SSH key, and its address is https. Use the ssh address, or a token'
        : 'The address of the repository is ssh, and its secret is no SSH key. Use the https address, or a private key without passphrase',
    );
  if (isKey) return { type: 'ssh_key', key: `${value}\n` };
  const colon = value.indexOf(':');
  if (colon > 0) return { type: 'basic', username: value.slice(0, colon), password: value.slice(colon + 1) };
  return { type: 'basic', username: TOKEN_USER, password: value };
}

/** The header that shows it. */
export function toAuthorization({ username, password }: Extract<Credential, { type: 'basic' }>): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
