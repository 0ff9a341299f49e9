import { access } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { isAtLimit, toGitError, type ServerGit } from '../git/run-git.ts';
import type { Credential } from './credential.ts';
import { parseRefs, resolveCheckout, type Checkout, type RemoteRefs, type ResolvedCheckout } from './git-refs.ts';
import { readMirrorRefs, writeMirrorRefs } from './mirror-refs.ts';
import type { MirrorRoom } from './mirror-room.ts';
import type { OwnDoor, OwnPass } from './own-door.ts';
import { receivePacks, type ReceiveDeps } from './receive-packs.ts';
import type { Remote } from './remote.ts';
import { markRewound } from './repack-mirror.ts';
import { toRemoteError, toRepositoryError } from './repository-error.ts';

export interface MirrorDeps extends ReceiveDeps {
  door: OwnDoor;
  room: MirrorRoom;
}

/** How far the opening of a repository is. */
export interface OpeningProgress {
  phase: 'looking' | 'receiving' | 'resolving' | 'checking_out';
  /** 0–100, where git counts it. */
  percent?: number;
}

export interface RefreshOptions {
  remote: Remote;
  credential: Credential | undefined;
  /** Who gets it. */
  ownerId: string;
  checkout: Checkout;
  signal: AbortSignal;
  onProgress(progress: OpeningProgress): void;
}

/** What a mirror has, with what is to be checked out. */
export interface RefreshedMirror extends ResolvedCheckout {
  refs: RemoteRefs;
  /** Fingerprint of the SSH host key that was trusted because it was the first one. */
  hostKey: string | undefined;
}

const LOOK_TIMEOUT_MS = 60_000;
const FETCH_TIMEOUT_MS = 60 * 60 * 1000;
const ALL_REFS = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];

/**
 * Brings a bare mirror up to date. First the git server is asked which refs there are, with the credential of the person: who may not
 * read the repository any more gets nothing of the mirror. Nothing is fetched where it has all of them. One at a time.
 * @throws CspError with the type of the repository error
 */
export async function refreshMirror(
  deps: MirrorDeps,
  gitDir: string,
  { remote, credential, ownerId, checkout, signal, onProgress }: RefreshOptions,
): Promise<RefreshedMirror> {
  const { git, door, room } = deps;
  let hostKey: string | undefined;
  const look = async (): Promise<RemoteRefs> => {
    onProgress({ phase: 'looking' });
    using pass = door.pass({ remote, credential, ownerId });
    const listed = await git.run(['ls-remote', '--symref', '--', pass.url], {
      ...{ protocols: ['http'], signal, config: pass.config, timeoutMs: LOOK_TIMEOUT_MS },
    });
    if (!listed.ok) throw toFetchError({ remote, credential }, pass, listed);
    hostKey ??= pass.hostKey;
    return parseRefs(listed.stdout.toString());
  };
  const fetch = async (...refspecs: string[]) => {
    using space = await room.open(basename(dirname(gitDir)), ownerId);
    using pass = door.pass({ remote, credential, ownerId, take: space.take });
    const fetched = await receivePacks(deps, gitDir, {
      ...{ url: remote.url, pass, refspecs, signal, timeoutMs: FETCH_TIMEOUT_MS },
      onStderr: createProgressReader(onProgress),
    });
    if (!fetched.ok) throw toFetchError({ remote, credential }, pass, fetched);
  };
  const has = async (ids: Iterable<string>) => {
    const input = [...new Set(ids)].map((id) => `${id}\n`).join('');
    const seen = await git.run(['cat-file', '--batch-check=%(objecttype)'], { gitDir, input });
    return seen.ok && !/ missing$/m.test(seen.stdout.toString());
  };

  let refs = await look();
  resolveCheckout(remote, refs, checkout);
  const isNew = await access(join(gitDir, 'HEAD')).then(
    () => false,
    () => true,
  );
  if (isNew) await git.read(['init', '--bare', '--quiet', '--template=', '--shared=0644', gitDir]);
  const kept = await readMirrorRefs(gitDir);
  if (!isSame(kept, refs)) {
    await fetch(...ALL_REFS);
    // Somebody may have pushed between the two.
    if (!(await has(listIds(refs)))) {
      refs = await look();
      await fetch(...ALL_REFS);
      if (!(await has(listIds(refs)))) throw toCloneError(remote, 'it changes while it is fetched. Try again');
    }
    await writeMirrorRefs(gitDir, refs);
    if (await isRewound(git, gitDir, { kept, refs })) await markRewound(gitDir);
  }
  const resolved = resolveCheckout(remote, refs, checkout);
  const { commit } = resolved;
  const isListed = commit === undefined || checkout?.type !== 'commit';
  const isThere = async () => (await git.run(['cat-file', '-e', `${commit}^{commit}`], { gitDir })).ok;
  if (isListed || (await isThere())) return { ...resolved, refs, hostKey };
  // A commit that no branch leads to: some servers give it all the same.
  await fetch(commit).catch(() => undefined);
  if (await isThere()) return { ...resolved, refs, hostKey };
  throw toRepositoryError(
    'repository_checkout_error',
    remote,
    `${remote.url} has no commit ${commit}. Write all 40 characters of one that is on the server`,
  );
}

function isSame(kept: ReadonlyMap<string, string>, { heads, tags }: RemoteRefs): boolean {
  if (kept.size !== heads.size + tags.size) return false;
  return [...heads, ...tags].every(([name, id]) => kept.get(name) === id);
}

function listIds({ heads, tags }: Pick<RemoteRefs, 'heads' | 'tags'>): string[] {
  return [...new Set([...heads.values(), ...tags.values()])];
}

/** Whether the mirror has had something that its refs do not lead to any more: refs were taken back or removed at the git server. */
async function isRewound(
  git: ServerGit,
  gitDir: string,
  { kept, refs }: { kept: ReadonlyMap<string, string>; refs: RemoteRefs },
): Promise<boolean> {
  const now = new Set(listIds(refs));
  const gone = [...new Set(kept.values())].filter((id) => !now.has(id));
  if (gone.length === 0) return false;
  const input = [...gone, ...[...now].map((id) => `^${id}`)].map((line) => `${line}\n`).join('');
  const left = await git.run(['rev-list', '--max-count=1', '--objects', '--stdin'], { gitDir, input });
  return !left.ok || left.stdout.length > 0;
}

const AT_LIMIT =
  'git needs more memory, time or disk for it than this server gives to one fetch. Choose a smaller repository, or ask whoever runs the server to raise CLAUDE_SDK_PATTERN_MAX_SESSION_RSS_MB';

function toFetchError(
  { remote, credential }: Pick<RefreshOptions, 'remote' | 'credential'>,
  pass: OwnPass,
  outcome: Parameters<typeof toGitError>[1],
): Error {
  if (outcome.reason === 'stopped' || outcome.reason === 'missing') return toGitError(['fetch'], outcome);
  if (pass.failure) return toRemoteError(remote, pass.failure, { hasCredential: credential !== undefined });
  const said = outcome.stderr
    .replaceAll(pass.url, remote.url)
    .replaceAll('csp::', '')
    .split(/[\r\n]+/)
    .filter((line) => line !== '');
  const errors = said.filter((line) => /^(?:fatal|error|remote): /.test(line));
  const reason = isAtLimit(outcome)
    ? AT_LIMIT
    : outcome.reason === 'late'
      ? 'it took too long'
      : (errors.at(-1) ?? said.at(-1) ?? 'git did not say why');
  return toCloneError(remote, reason.slice(0, 300));
}

function toCloneError(remote: Remote, reason: string): Error {
  return toRepositoryError('repository_clone_error', remote, `${remote.url} could not be fetched: ${reason}`);
}

/** Reads `Receiving objects:  12% (…)` of git's standard error, and tells each percent once. */
export function createProgressReader(onProgress: (progress: OpeningProgress) => void): (text: string) => void {
  let told = '';
  return (text) => {
    const [, what, percent] = [...text.matchAll(/(Receiving objects|Resolving deltas): +(\d+)%/g)].at(-1) ?? [];
    if (what === undefined || told === what + percent) return;
    told = what + percent;
    onProgress({ phase: what === 'Receiving objects' ? 'receiving' : 'resolving', percent: Number(percent) });
  };
}
