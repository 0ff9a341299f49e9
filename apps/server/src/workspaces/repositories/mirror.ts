import { constants } from 'node:fs';
import { chmod, copyFile, link, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { isAtLimit, toGitError, type ServerGit } from '../git/run-git.ts';
import type { Credential } from './credential.ts';
import type { OwnDoor, OwnPass } from './git-door.ts';
import { parseRefs, resolveCheckout, type Checkout, type RemoteRefs, type ResolvedCheckout } from './git-refs.ts';
import type { Remote } from './remote.ts';
import { toRemoteError, toRepositoryError } from './repository-error.ts';

export interface MirrorDeps {
  git: ServerGit;
  door: OwnDoor;
  /** What the server keeps of all repositories together. */
  maxBytes: number;
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
const REPACK_TIMEOUT_MS = 30 * 60 * 1000;
/** Each fetch leaves one; many make git slow. */
const MAX_PACKS = 20;
const ALL_REFS = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
/** What is fetched stays in packs, which sessions borrow by their names. */
const PACKED = [
  ['fetch.unpackLimit', '1'],
  ['transfer.unpackLimit', '1'],
] as const;

/**
 * Brings a bare mirror up to date. First the git server is asked which refs there are, with the credential of the person: who may not
 * read the repository any more gets nothing of the mirror. Nothing is fetched where it has all of them. One at a time.
 * @throws CspError with the type of the repository error
 */
export async function refreshMirror(
  { git, door, maxBytes }: MirrorDeps,
  gitDir: string,
  { remote, credential, checkout, signal, onProgress }: RefreshOptions,
): Promise<RefreshedMirror> {
  using pass = door.pass({ remote, credential, maxBytes });
  const options = { protocols: ['http'], signal, config: [...pass.config, ...PACKED] };
  const fetch = async (...refspecs: string[]) => {
    const command = ['fetch', '--quiet', '--progress', '--no-write-fetch-head', '--no-tags', '--force', '--prune'];
    const fetched = await git.run([...command, '--', pass.url, ...refspecs], {
      ...{ ...options, gitDir, timeoutMs: FETCH_TIMEOUT_MS, onStderr: createProgressReader(onProgress) },
    });
    if (!fetched.ok) throw toFetchError({ remote, credential }, pass, fetched);
  };
  onProgress({ phase: 'looking' });
  const listed = await git.run(['ls-remote', '--symref', '--', pass.url], { ...options, timeoutMs: LOOK_TIMEOUT_MS });
  if (!listed.ok) throw toFetchError({ remote, credential }, pass, listed);
  const refs = parseRefs(listed.stdout.toString());
  const resolved = resolveCheckout(remote, refs, checkout);
  const kept = await git.run(['for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads', 'refs/tags'], {
    gitDir,
    cwd: '/',
  });
  if (!kept.ok) await git.read(['init', '--bare', '--quiet', '--template=', '--shared=0644', gitDir]);
  if (!hasAll(kept.ok ? kept.stdout.toString() : '', refs)) await fetch(...ALL_REFS);
  const { commit } = resolved;
  const hasCommit = async () =>
    commit === undefined || (await git.run(['cat-file', '-e', `${commit}^{commit}`], { gitDir })).ok;
  if (await hasCommit()) return { ...resolved, refs, hostKey: pass.hostKey };
  // A commit that no branch leads to: some servers give it all the same.
  await fetch(commit ?? '').catch(() => undefined);
  if (await hasCommit()) return { ...resolved, refs, hostKey: pass.hostKey };
  throw toRepositoryError(
    'repository_checkout_error',
    remote,
    `${remote.url} has no commit ${commit}. Write all 40 characters of one that is on the server`,
  );
}

function hasAll(kept: string, { heads, tags }: RemoteRefs): boolean {
  const lines = kept.split('\n').filter((line) => line !== '');
  if (lines.length !== heads.size + tags.size) return false;
  return lines.every((line) => {
    const [name = '', id] = line.split(' ');
    return (heads.get(name) ?? tags.get(name)) === id;
  });
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
    .split(/[\r\n]+/)
    .filter((line) => /^(?:fatal|error|remote): /.test(line));
  const reason = isAtLimit(outcome)
    ? AT_LIMIT
    : outcome.reason === 'late'
      ? 'it took too long'
      : (said.at(-1) ?? 'git did not say why');
  return toRepositoryError(
    'repository_clone_error',
    remote,
    `${remote.url} could not be fetched: ${reason.slice(0, 300)}`,
  );
}

/** Reads `Receiving objects:  12% (…)` of git's standard error, and tells each percent once. */
function createProgressReader(onProgress: (progress: OpeningProgress) => void): (text: string) => void {
  let told = '';
  return (text) => {
    const [, what, percent] = [...text.matchAll(/(Receiving objects|Resolving deltas): +(\d+)%/g)].at(-1) ?? [];
    if (what === undefined || told === what + percent) return;
    told = what + percent;
    onProgress({ phase: what === 'Receiving objects' ? 'receiving' : 'resolving', percent: Number(percent) });
  };
}

/**
 * Gives a session the objects of a mirror, in a folder that it cannot write: by other names of the same files, which take no disk and stay
 * when the mirror is packed anew or removed. Copies them where the file system has no such names.
 */
export async function lendObjects(gitDir: string, to: string): Promise<void> {
  const [from, into] = [join(gitDir, 'objects', 'pack'), join(to, 'pack')];
  await mkdir(join(to, 'info'), { recursive: true });
  await mkdir(into, { recursive: true });
  // Agents may have another user.
  for (const each of [to, join(to, 'info'), into]) await chmod(each, 0o755);
  // The index of a pack is last: git takes a pack for there when it has one.
  const names = (await readdir(from).catch(() => [])).toSorted((one, other) => rank(one) - rank(other));
  for (const name of names) {
    if (name.startsWith('tmp_')) continue;
    try {
      await link(join(from, name), join(into, name));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') continue;
      await copyFile(join(from, name), join(into, name), constants.COPYFILE_FICLONE);
    }
  }
}

function rank(name: string): number {
  return name.endsWith('.idx') ? 1 : 0;
}

/** Packs a mirror anew where many fetches have left many packs. Sessions keep what they have borrowed. */
export async function repackMirror({ git }: Pick<MirrorDeps, 'git'>, gitDir: string): Promise<void> {
  const packs = (await readdir(join(gitDir, 'objects', 'pack')).catch(() => [])).filter((name) =>
    name.endsWith('.pack'),
  );
  if (packs.length > MAX_PACKS) await git.read(['repack', '-a', '-d', '-q'], { gitDir, timeoutMs: REPACK_TIMEOUT_MS });
}
