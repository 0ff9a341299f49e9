import { createHash } from 'node:crypto';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { lookup as lookUp } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

import { toGuardedLookup } from '../../lib/outgoing.ts';
import type { AskRemote, GitRequest } from './git-service.ts';
import { isVersion2, readAdvertisement, toHttpAdvertisement } from './pkt-line.ts';
import type { Remote } from './remote.ts';
import { toSshFailure } from './ssh-failure.ts';
import type { SshFiles, SshFolder } from './ssh-files.ts';

export interface SshRemotesOptions {
  folder: SshFolder;
  /** Servers that may be reached whatever their address is, such as `ssh://git.example.internal:2222`. */
  allowedServers: readonly string[];
  /** Where `ssh` is looked for. */
  path: string;
  /** Milliseconds since 1970. */
  now(): number;
  lookup?: typeof lookUp;
}

const CONNECT_SECONDS = 15;
/** How long what a server can do is remembered, which spares each command of git a connection. */
const REMEMBERED_MS = 60_000;
const MAX_REMEMBERED = 1000;
const MAX_ERROR_CHARS = 8 * 1024;
/** Above it a request is refused; git tells its user to try again. */
const MAX_CALLS = 32;
const TOO_MANY_HOSTS =
  'this server keeps the host keys of too many hosts to trust another at its first use. Write the lines of known_hosts of this host behind the private key in the secret';
/** No setting of a user or of the machine, no question, no agent, nothing forwarded; only the key that is given. */
const SAFE = [
  ...['BatchMode=yes', 'IdentitiesOnly=yes', 'IdentityAgent=none', 'ForwardAgent=no', 'ClearAllForwardings=yes'],
  ...['PermitLocalCommand=no', 'ControlPath=none', 'UpdateHostKeys=no', 'GlobalKnownHostsFile=/dev/null'],
  ...['PreferredAuthentications=publickey', `ConnectTimeout=${CONNECT_SECONDS}`, 'ServerAliveInterval=15'],
  ...['HashKnownHosts=no', 'CheckHostIP=no'],
];

/**
 * Asks git servers over SSH, for git that speaks HTTP: each request is one call of OpenSSH's `ssh`. The program at the server lists its refs
 * first, which answers the first request, and is left out of the others (gitprotocol-http(5), gitprotocol-v2(5)); what it cannot know of a
 * request before, git sends again with each. Guards against connections to the inside of the network as for HTTP: `ssh` gets the address
 * that was checked.
 */
export function createSshRemotes({ folder, allowedServers, path, now, lookup = lookUp }: SshRemotesOptions): {
  ask: AskRemote;
} {
  let calls = 0;
  /** The first answers of servers with version 2, which name no refs. By the address, the service and the key. */
  const remembered = new Map<string, { advertisement: Buffer; untilMs: number }>();

  function remember(place: string, advertisement: Buffer): void {
    const [oldest] = remembered.keys();
    if (remembered.size >= MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
    remembered.set(place, { advertisement, untilMs: now() + REMEMBERED_MS });
  }

  return {
    async ask(remote, request, { credential, signal }) {
      if (credential?.type !== 'ssh_key')
        throw new Error('it needs a private SSH key. Name a secret that holds one, or use the https address');
      const headers = toHeaders(request);
      const place = createHash('sha256')
        .update(JSON.stringify([remote.url, request.service, credential.key, credential.knownHosts]))
        .digest('hex');
      const known = request.isAdvertisement ? remembered.get(place) : undefined;
      if (known && known.untilMs > now()) return { status: 200, headers, body: Readable.from([known.advertisement]) };
      if (calls >= MAX_CALLS) throw new Error('the server has too many connections over SSH. Try again in a while');
      const target = toTarget(remote);
      const isAllowed = allowedServers.includes(`ssh://${remote.host}`);
      const address = await findAddress(target.hostName, isAllowed ? lookup : toGuardedLookup(lookup));
      const knownBefore = await folder.listTrusted(target.keyName);
      if (credential.knownHosts === undefined && knownBefore.length === 0 && (await folder.isFull()))
        throw new Error(TOO_MANY_HOSTS);
      // They go as soon as the server has answered, which it does after both sides have shown their keys.
      await using files = await folder.open(credential);
      signal.throwIfAborted();
      const child = spawn('ssh', toArguments(target, { address, files, request }), {
        env: { PATH: path, LANG: 'C.UTF-8' },
      });
      calls += 1;
      const ended = watch(child, signal);
      void ended.finally(() => (calls -= 1));
      const stdout = child.stdout[Symbol.asyncIterator]() as AsyncIterableIterator<Buffer>;
      const begin = await readAdvertisement(stdout);
      if (begin === undefined) {
        child.kill();
        const failure = toSshFailure(await ended);
        if ('reason' in failure) throw new Error(failure.reason);
        return { status: failure.status, headers: {}, body: Readable.from([]) };
      }
      const trusted = files.isPinned || knownBefore.length > 0 ? [] : await folder.listTrusted(target.keyName);
      const hostKey = trusted.length === 0 ? undefined : trusted.join(', ');
      if (request.isAdvertisement) {
        child.kill();
        const { advertisement } = begin;
        if (isVersion2(advertisement)) remember(place, advertisement);
        const body = Readable.from([toHttpAdvertisement(advertisement, request.service)]);
        return { status: 200, headers, body, hostKey };
      }
      send(request, child);
      return { status: 200, headers, body: Readable.from(join(begin.rest, stdout)), hostKey };
    },
  };
}

interface Target {
  hostName: string;
  port: string;
  user: string;
  /** As the server's shell is to see it. */
  path: string;
  /** As `known_hosts` has it. */
  keyName: string;
}

function toTarget({ url, user = 'git', path }: Remote): Target {
  const { hostname, port } = new URL(url);
  const hostName = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const decoded = decodeURIComponent(path);
  return {
    ...{ hostName, user, port: port === '' ? '22' : port },
    // As git has it: a path from a home is without the slash.
    path: decoded.startsWith('~') ? decoded : `/${decoded}`,
    keyName: port === '' || port === '22' ? hostName : `[${hostName}]:${port}`,
  };
}

function toHeaders({ service, isAdvertisement }: GitRequest): Record<string, string> {
  const kind = isAdvertisement ? 'advertisement' : 'result';
  return { 'content-type': `application/x-${service}-${kind}`, 'cache-control': 'no-cache' };
}

function findAddress(hostName: string, lookup: LookupFunction): Promise<string> {
  return new Promise((resolve, reject) => {
    lookup(hostName, { all: true, order: 'ipv4first' }, (error, addresses) => {
      const [first] = typeof addresses === 'string' ? [] : addresses;
      if (error) reject(error);
      else if (first === undefined) reject(new Error('there is no such host. Check the address'));
      else resolve(first.address);
    });
  });
}

function toArguments(
  { user, port, path, keyName }: Target,
  { address, files, request }: { address: string; files: SshFiles; request: GitRequest },
): string[] {
  const version = /^version=[0-2]$/.exec(request.headers['git-protocol'] ?? '')?.[0];
  const settings = [
    ...SAFE,
    ...[`HostKeyAlias=${keyName}`, `UserKnownHostsFile="${files.knownHostsFile}"`],
    `StrictHostKeyChecking=${files.isPinned ? 'yes' : 'accept-new'}`,
    ...(version === undefined ? [] : [`SetEnv=GIT_PROTOCOL=${version}`]),
  ];
  return [
    ...['-F', 'none', '-T', '-i', files.identityFile, '-l', user, '-p', port],
    ...settings.flatMap((each) => ['-o', each]),
    ...['--', address, `${request.service} '${path.replaceAll("'", String.raw`'\''`)}'`],
  ];
}

/** Ends `ssh` with the signal. Resolves with what it said, once it has ended. */
function watch(child: ChildProcessWithoutNullStreams, signal: AbortSignal): Promise<string> {
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-MAX_ERROR_CHARS);
  });
  child.stdin.on('error', () => undefined);
  const end = () => child.kill();
  signal.addEventListener('abort', end, { once: true });
  return new Promise((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('close', () => {
      signal.removeEventListener('abort', end);
      resolve(said);
    });
  });
}

function send({ headers, body }: GitRequest, child: ChildProcessWithoutNullStreams): void {
  if (body === undefined) return void child.stdin.end();
  const sent =
    headers['content-encoding'] === 'gzip' ? pipeline(body, createGunzip(), child.stdin) : pipeline(body, child.stdin);
  // A server that has read enough says so in its answer.
  sent.catch(() => child.stdin.destroy());
}

async function* join(first: Buffer, rest: AsyncIterableIterator<Buffer>): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first;
  yield* rest;
}
