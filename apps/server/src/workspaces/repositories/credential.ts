import { CspError } from '@claude-sdk-pattern/protocol';

/** What the server shows a git server in place of a person. It stays in the server. */
export type Credential =
  | { type: 'basic'; username: string; password: string }
  | {
      type: 'ssh_key';
      /** A private key without passphrase, as OpenSSH reads it. */
      key: string;
      /** The host keys that are taken, as lines of `known_hosts`; undefined where the first one is trusted. */
      knownHosts: string | undefined;
    };

/** What GitHub wants; GitLab, Gitea, Bitbucket and Azure take any name with a token. */
const TOKEN_USER = 'x-access-token';
const PRIVATE_KEY = /^(-----BEGIN [A-Z ]+-----)([^-]+)(-----END [A-Z ]+-----)\s*([^]*)$/;
const LINE_CHARS = 70;

/**
 * Reads a secret: a token, `user:password`, or a private key of SSH, behind which lines of `known_hosts` may stand.
 * @throws CspError `invalid_request` where the address needs the other kind
 */
export function readCredential(secret: string, protocol: 'https' | 'http' | 'ssh'): Credential {
  const value = secret.trim().replaceAll('\r\n', '\n');
  const isKey = value.startsWith('-----BEGIN ');
  if (isKey !== (protocol === 'ssh'))
    throw new CspError(
      'invalid_request',
      isKey
        ? 'The secret of the repository is an SSH key, and its address is https. Use the ssh address, or a token'
        : 'The address of the repository is ssh, and its secret is no SSH key. Use the https address, or a private key without passphrase',
    );
  if (isKey) return readKey(value);
  const colon = value.indexOf(':');
  if (colon > 0) return { type: 'basic', username: value.slice(0, colon), password: value.slice(colon + 1) };
  return { type: 'basic', username: TOKEN_USER, password: value };
}

function readKey(value: string): Credential {
  const [, begin, body = '', end, knownHosts = ''] = PRIVATE_KEY.exec(value) ?? [];
  if (begin === undefined)
    throw new CspError(
      'invalid_request',
      'The SSH key is not whole. Give all lines, from -----BEGIN to -----END …-----, of a private key without passphrase',
    );
  // A field of one line takes the ends of the lines out of what is pasted into it.
  const lines = body.replaceAll(/\s/g, '').match(new RegExp(`.{1,${LINE_CHARS}}`, 'g')) ?? [];
  const key = [begin, ...lines, end, ''].join('\n');
  return { type: 'ssh_key', key, knownHosts: knownHosts === '' ? undefined : `${knownHosts}\n` };
}

/** The header that shows it. */
export function toAuthorization({ username, password }: Extract<Credential, { type: 'basic' }>): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
