import { dirname } from 'node:path';

import { CspError } from '@claude-sdk-pattern/protocol';
import type { RepositoryCheckout } from '@claude-sdk-pattern/protocol/v1';

import type { GitOutcome } from '../git/run-git.ts';
import type { SandboxGit, SandboxGitOptions } from '../git/sandbox-git.ts';
import { MAX_LIST_BYTES, sumTree } from '../repositories/assert-tree-fits.ts';
import { createProgressReader } from '../repositories/mirror.ts';
import type { FolderRequest, OpenedFolder } from './folder-request.ts';

const FETCH_TIMEOUT_MS = 30 * 60 * 1000;
const MIB = 1024 * 1024;
/** Git asks whose a repository is; the administrator who granted the folder has answered. */
const ANYBODYS = [['safe.directory', '*']] as const;
/** Git hands no setting of the server on to it. */
const UPLOAD_PACK = "git -c 'safe.directory=*' upload-pack";
/** Git uses as many processes as there are processors. */
const PARALLEL = [
  ['checkout.workers', '0'],
  ['checkout.thresholdForParallelism', '500'],
] as const;
const NOT_COMMITTED = 'What is not committed in the folder is not in it, and its commits stay in this session.';

/**
 * Makes a repository of its own in an empty folder of the agent's user, with the history of the one in `path` and one commit checked
 * out. Git runs with the rights of an agent and can only read `path`: nothing that its settings name is run, and nothing of it changes.
 * @throws CspError `invalid_request` for what is no repository or has no such commit, `quota_exceeded`
 */
export async function checkOutFolder(
  git: SandboxGit,
  dir: string,
  request: Pick<FolderRequest, 'path' | 'checkout' | 'author' | 'signal' | 'onProgress'> & { maxBytes: number },
): Promise<OpenedFolder> {
  const { path, checkout, author, signal, onProgress } = request;
  const shared: Omit<SandboxGitOptions, 'cwd' | 'writableDirs'> = { signal, readableDirs: [path] };
  const inSource = (...args: string[]) =>
    git.run(args, {
      ...{ ...shared, cwd: path, writableDirs: [dir], config: ANYBODYS },
      // Not a repository that the folder only lies in.
      env: { GIT_CEILING_DIRECTORIES: dirname(path), GIT_NO_LAZY_FETCH: '1', GIT_OPTIONAL_LOCKS: '0' },
    });
  const run = (args: string[], options: Partial<SandboxGitOptions> = {}) =>
    git.run(args, { ...shared, cwd: dir, writableDirs: [dir], ...options });
  const must = async (args: string[], options?: Partial<SandboxGitOptions>) => {
    const outcome = await run(args, options);
    if (outcome.ok) return outcome.stdout.toString().trim();
    signal.throwIfAborted();
    throw refuse(path, toReason(outcome));
  };

  onProgress({ phase: 'looking' });
  const format = await inSource('rev-parse', '--show-object-format', '--show-prefix');
  if (!format.ok) throw refuse(path, `it is no git repository that can be read on its own (${toReason(format)})`);
  const [objectFormat = 'sha1', prefix = ''] = format.stdout.toString().split('\n');
  if (prefix !== '') throw refuse(path, 'it is only a part of a repository. Name the top folder of it');
  await must(['init', '--quiet', '--template=', `--object-format=${objectFormat}`]);
  await must(
    [
      ...['fetch', '--quiet', '--progress', '--no-write-fetch-head', '--no-tags', '--update-shallow'],
      ...['--upload-pack', UPLOAD_PACK, '--', path, '+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*'],
    ],
    { protocols: ['file'], timeoutMs: FETCH_TIMEOUT_MS, onStderr: createProgressReader(onProgress), config: ANYBODYS },
  );
  const wanted = await findWanted(checkout ?? undefined, inSource);
  if (wanted === undefined)
    return { commit: null, branch: null, remarks: ['The repository has no commit yet.', NOT_COMMITTED] };
  const fetchOne = (commit: string) =>
    run(['fetch', '--quiet', '--no-write-fetch-head', '--no-tags', '--upload-pack', UPLOAD_PACK, '--', path, commit], {
      ...{ protocols: ['file'], timeoutMs: FETCH_TIMEOUT_MS, config: ANYBODYS },
    });
  const resolve = () => run(['rev-parse', '--verify', '--quiet', '--end-of-options', `${wanted.name}^{commit}`]);
  let resolved = await resolve();
  // A commit that no branch leads to.
  if (!resolved.ok && wanted.isCommit && (await fetchOne(wanted.name)).ok) resolved = await resolve();
  if (!resolved.ok) throw refuse(path, `it has no ${wanted.said}. Choose another checkout`);
  const commit = resolved.stdout.toString().trim();
  const listed = await run(['ls-tree', '-r', '-l', '-z', commit], { maxOutputBytes: MAX_LIST_BYTES });
  if (!listed.ok) throw refuse(path, 'it has too many files. Choose a commit with fewer');
  const bytes = await sumTree(listed.stdout);
  if (bytes > request.maxBytes)
    throw new CspError(
      'quota_exceeded',
      `${path} cannot be checked out: its files take ${Math.ceil(bytes / MIB)} MB, and a session may have ${Math.floor(request.maxBytes / MIB)} MB`,
    );
  const { branch } = wanted;
  if (branch === undefined) await must(['update-ref', '--no-deref', 'HEAD', commit]);
  else {
    await must(['symbolic-ref', 'HEAD', `refs/heads/${branch}`]);
    await must(['update-ref', `refs/heads/${branch}`, commit]);
  }
  if (author) {
    await must(['config', 'user.name', author.name]);
    await must(['config', 'user.email', author.email]);
  }
  onProgress({ phase: 'checking_out' });
  await must(['reset', '--hard', '--quiet'], { config: PARALLEL, timeoutMs: FETCH_TIMEOUT_MS });
  return { commit, branch: branch ?? null, remarks: [NOT_COMMITTED] };
}

interface Wanted {
  /** A ref or a commit in the new repository. */
  name: string;
  isCommit: boolean;
  branch: string | undefined;
  said: string;
}

/** Undefined for a repository without a commit. */
async function findWanted(
  checkout: RepositoryCheckout | undefined,
  inSource: (...args: string[]) => Promise<GitOutcome>,
): Promise<Wanted | undefined> {
  switch (checkout?.type) {
    case 'branch': {
      const { name } = checkout;
      return { name: `refs/remotes/origin/${name}`, isCommit: false, branch: name, said: `branch ${name}` };
    }
    case 'tag':
      return { name: `refs/tags/${checkout.name}`, isCommit: false, branch: undefined, said: `tag ${checkout.name}` };
    case 'commit':
      return { name: checkout.sha, isCommit: true, branch: undefined, said: `commit ${checkout.sha}` };
    case undefined: {
      const [head, symbolic] = [
        await inSource('rev-parse', '--verify', '--quiet', 'HEAD^{commit}'),
        await inSource('symbolic-ref', '--short', '--quiet', 'HEAD'),
      ];
      if (!head.ok) return undefined;
      const name = head.stdout.toString().trim();
      return {
        name,
        isCommit: true,
        branch: symbolic.ok ? symbolic.stdout.toString().trim() : undefined,
        said: 'HEAD',
      };
    }
  }
}

function toReason(outcome: Exclude<GitOutcome, { ok: true }>): string {
  if (outcome.reason === 'late') return 'it took too long';
  if (outcome.reason === 'missing') return 'there is no git on this server';
  const said = outcome.stderr
    .split(/[\r\n]+/)
    .findLast((line) => /^(?:fatal|error): /.test(line))
    ?.replace(/^(?:fatal|error): /, '');
  return said?.slice(0, 300) ?? 'git did not say why';
}

function refuse(path: string, why: string): CspError {
  return new CspError('invalid_request', `The folder ${path} cannot be opened as a work tree: ${why}`);
}
