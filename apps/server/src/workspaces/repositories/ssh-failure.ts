import type { RemoteFailure } from './repository-error.ts';

/** By what OpenSSH, git and the well-known servers write; the first that fits. A status is that of HTTP with the same meaning. */
const FAILURES: readonly (readonly [RegExp, RemoteFailure])[] = [
  [
    /spawn ssh ENOENT/,
    {
      reason: 'this server has no ssh program. Ask whoever runs it to install openssh-client, or use the https address',
    },
  ],
  [
    /passphrase|invalid format|error in libcrypto/i,
    { reason: 'its SSH key cannot be read. Give a private key without passphrase, whole' },
  ],
  [
    /host key verification failed|no matching host key/i,
    {
      reason:
        'its host key is not the one that is known. If it has a new one, write its lines of known_hosts behind the private key in the secret, or have the old ones removed from known_hosts of this server',
    },
  ],
  [/permission denied(?:,| \()|too many authentication failures/i, { status: 401 }],
  [/not found|not appear to be a git repository|could not be found|does not exist|no such file/i, { status: 404 }],
  [/denied|read[ -]only|not allowed|forbidden|unauthorized/i, { status: 403 }],
  [
    /connection (?:refused|timed out|closed|reset)|timed out|no route to host|network is unreachable/i,
    { reason: 'the host does not answer. Check the address, or try again later' },
  ],
];

/** Why a call of `ssh` gave no repository, by what it wrote to its standard error. */
export function toSshFailure(said: string): RemoteFailure {
  const found = FAILURES.find(([pattern]) => pattern.test(said));
  const last = said
    .trim()
    .split(/[\r\n]+/)
    .at(-1);
  return (
    found?.[1] ?? { reason: last === undefined || last === '' ? 'it did not answer as git does' : last.slice(0, 300) }
  );
}
