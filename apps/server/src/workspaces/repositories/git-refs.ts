import { toRepositoryError } from './repository-error.ts';
import type { Remote } from './remote.ts';

/** What of a repository is checked out; null is the branch that the server of the repository has as default. */
export type Checkout = { type: 'branch' | 'tag'; name: string } | { type: 'commit'; sha: string } | null;

/** The refs that a git server lists. */
export interface RemoteRefs {
  /** Name of its default branch; undefined in an empty repository. */
  defaultBranch: string | undefined;
  /** Object ids by the full name of each branch and tag. */
  heads: ReadonlyMap<string, string>;
  tags: ReadonlyMap<string, string>;
  /** Of tags with a message: the commit that each leads to. */
  peeled: ReadonlyMap<string, string>;
}

/** What to check out; without a commit the repository is empty. */
export interface ResolvedCheckout {
  commit: string | undefined;
  /** The branch that is checked out; undefined where HEAD is detached. */
  branch: string | undefined;
}

const MAX_NAMED = 8;

/** Reads what `git ls-remote --symref` writes. Only branches and tags count. */
export function parseRefs(text: string): RemoteRefs {
  const [heads, tags, peeled] = [new Map<string, string>(), new Map<string, string>(), new Map<string, string>()];
  let defaultBranch: string | undefined;
  for (const line of text.split('\n')) {
    const [value = '', name = ''] = line.split('\t');
    const symbolic = /^ref: refs\/heads\/(.+)$/.exec(value);
    if (symbolic && name === 'HEAD') defaultBranch = symbolic[1];
    else if (name.startsWith('refs/heads/')) heads.set(name, value);
    else if (name.startsWith('refs/tags/') && name.endsWith('^{}')) peeled.set(name.slice(0, -3), value);
    else if (name.startsWith('refs/tags/')) tags.set(name, value);
  }
  if (defaultBranch !== undefined && !heads.has(`refs/heads/${defaultBranch}`)) defaultBranch = undefined;
  return { defaultBranch: defaultBranch ?? findUsual(heads), heads, tags, peeled };
}

/** Some servers do not say which branch is the default. */
function findUsual(heads: ReadonlyMap<string, string>): string | undefined {
  const names = [...heads.keys()].map((name) => name.slice('refs/heads/'.length));
  return ['main', 'master'].find((name) => names.includes(name)) ?? names[0];
}

/** @throws CspError of the type `repository_checkout_error`, with the names that there are */
export function resolveCheckout(remote: Remote, refs: RemoteRefs, checkout: Checkout): ResolvedCheckout {
  if (checkout?.type === 'commit') return { commit: checkout.sha.toLowerCase(), branch: undefined };
  if (checkout?.type === 'tag') {
    const name = `refs/tags/${checkout.name}`;
    const commit = refs.peeled.get(name) ?? refs.tags.get(name);
    if (commit === undefined) throw toMissing(remote, `tag ${checkout.name}`, refs.tags);
    return { commit, branch: undefined };
  }
  const branch = checkout?.name ?? refs.defaultBranch;
  if (branch === undefined) return { commit: undefined, branch: 'main' };
  const commit = refs.heads.get(`refs/heads/${branch}`);
  if (commit === undefined) throw toMissing(remote, `branch ${branch}`, refs.heads);
  return { commit, branch };
}

function toMissing(remote: Remote, what: string, there: ReadonlyMap<string, string>): Error {
  const names = [...there.keys()].map((name) => name.replace(/^refs\/(?:heads|tags)\//, ''));
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : '';
  const listed = names.length === 0 ? 'It has none' : `It has ${names.slice(0, MAX_NAMED).join(', ')}${more}`;
  return toRepositoryError(
    'repository_checkout_error',
    remote,
    `${remote.url} has no ${what}. ${listed}. Choose one of them`,
  );
}
