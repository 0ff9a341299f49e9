import { createHash } from 'node:crypto';

import { CspError } from '@claude-sdk-pattern/protocol';

/** A repository on a git server, by an address that holds no credential. */
export interface Remote {
  /** As people wrote it, with `ssh://` in place of the short form. */
  url: string;
  protocol: 'https' | 'http' | 'ssh';
  /** In lower case; with the port where it is not the usual one. */
  host: string;
  /** Of an SSH address. */
  user: string | undefined;
  /** Without the slash at its beginning. */
  path: string;
  /** The same for every way to write the address. */
  key: string;
}

const SSH_HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])$/i;
const SHORT_SSH = /^(?:([\w.-]+)@)?([\w.-]+):(?!\/\/)([^\s]+)$/;
const MAX_URL_CHARS = 2000;
/** What no address needs, and what a shell, a configuration or a command line would take for something else. */
const UNSAFE = /[\s\p{Cc}"'\\`$;&|<>(){}]/u;

/**
 * Reads the address of a repository: `https://`, `ssh://` or `git@host:path`; `http://` is only for hosts that the operator allows.
 * @throws CspError `invalid_request`, which says what to write instead
 */
export function parseRemote(text: string): Remote {
  const written = text.trim();
  const short = SHORT_SSH.exec(written);
  const url = short === null ? written : `ssh://${short[1] ?? 'git'}@${short[2]}/${short[3]}`;
  const parsed = URL.parse(url);
  const protocol = parsed?.protocol.slice(0, -1);
  if (parsed === null || url.length > MAX_URL_CHARS || UNSAFE.test(url) || parsed.search !== '' || parsed.hash !== '')
    throw refuse(`is no address of a git repository. Write https://host/path, ssh://git@host/path or git@host:path`);
  if (protocol !== 'https' && protocol !== 'http' && protocol !== 'ssh')
    throw refuse(`has the protocol ${protocol}. Use https or ssh`);
  if (parsed.password !== '' || (parsed.username !== '' && protocol !== 'ssh'))
    throw refuse('holds a credential. Remove it from the address, and give it as token or secret');
  const path = parsed.pathname.replace(/^\/+|\/+$/g, '');
  if (path === '' || parsed.hostname === '' || parsed.hostname.startsWith('-') || path.startsWith('-') || hasDots(path))
    throw refuse('names no repository. Write the path of the repository behind the host');
  if (protocol === 'ssh' && (!SSH_HOST.test(parsed.hostname) || isUnsafe(path)))
    throw refuse('has a host or a path that SSH does not take. Write ssh://git@host/path or git@host:path');
  const user = protocol === 'ssh' ? decode(parsed.username) || 'git' : undefined;
  if (user !== undefined && !/^\w[\w.-]*$/.test(user)) throw refuse('has a user name that SSH does not take');
  const host = parsed.host.toLowerCase();
  return {
    ...{ protocol, host, user, path },
    url: protocol === 'ssh' ? `ssh://${user}@${host}/${path}` : `${protocol}://${host}/${path}`,
    key: `${protocol}://${user === undefined ? '' : `${user}@`}${host}/${path.replace(/\.git$/, '')}`,
  };
}

/** The name of a repository, for its folder: the last part of its path. */
export function toRepositoryName({ path }: Pick<Remote, 'path'>): string {
  const name = decode(path.slice(path.lastIndexOf('/') + 1))
    .replace(/\.git$/, '')
    .replaceAll(/[^\w.-]/g, '-');
  return /^\.*$/.test(name) || name.startsWith('-') ? 'repository' : name;
}

/** The name of the folder in which the server keeps what it has fetched for the people of one scope. */
export function toMirrorName({ key }: Pick<Remote, 'key'>, scope: string): string {
  return createHash('sha256')
    .update(JSON.stringify([key, scope]))
    .digest('hex')
    .slice(0, 32);
}

/** Also where they are written as `%2e`. */
function hasDots(path: string): boolean {
  return path.split('/').some((part) => /^\.{1,2}$/.test(decode(part)));
}

/** Also what is written as `%27`. */
function isUnsafe(path: string): boolean {
  return UNSAFE.test(decode(path)) || decode(path) === '';
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function refuse(why: string): CspError {
  return new CspError('invalid_request', `The url of the repository ${why}`, { details: { field: 'url' } });
}
