import type { Remote } from './remote.ts';

/** A repository at GitHub, or at a GitHub Enterprise Server. */
export interface GithubRepository {
  /** Such as `https://github.com/owner/name`. */
  webUrl: string;
  /** Such as `https://api.github.com/repos/owner/name`. */
  apiUrl: string;
  owner: string;
}

/** Undefined where the repository is at another kind of server. One of another host is at GitHub if the session says so. */
export function findGithub(
  { protocol, host, path }: Pick<Remote, 'protocol' | 'host' | 'path'>,
  type: 'github_repository' | 'git_repository',
): GithubRepository | undefined {
  const isPublic = host === 'github.com' || host === 'www.github.com';
  const [owner = '', name = '', ...rest] = path.replace(/\.git$/, '').split('/');
  if ((!isPublic && type !== 'github_repository') || protocol === 'ssh' || name === '' || rest.length > 0)
    return undefined;
  const origin = `${protocol}://${host}`;
  const api = isPublic ? 'https://api.github.com' : `${origin}/api/v3`;
  return { owner, webUrl: `${origin}/${owner}/${name}`, apiUrl: `${api}/repos/${owner}/${name}` };
}

export interface PullRequestText {
  title: string;
  body: string;
}

/** Longer texts are cut, because servers refuse long addresses. */
const MAX_BODY_CHARS = 3000;

/** Where a browser opens the form of a pull request, filled in. */
export function toCompareUrl(
  { webUrl }: Pick<GithubRepository, 'webUrl'>,
  { base, branch, text }: { base: string; branch: string; text?: PullRequestText },
): string {
  const url = `${webUrl}/compare/${toPath(base)}...${toPath(branch)}`;
  if (text === undefined) return url;
  const query = new URLSearchParams({ quick_pull: '1', title: text.title, body: text.body.slice(0, MAX_BODY_CHARS) });
  return `${url}?${query.toString()}`;
}

function toPath(branch: string): string {
  return branch.split('/').map(encodeURIComponent).join('/');
}

/** Makes a request of GitHub's API, with the credential; `path` begins behind the address of the repository. */
export type AskGithub = (
  path: string,
  request: { method: 'GET' | 'POST'; body?: object },
) => Promise<{ status: number; json: unknown }>;

export type PullRequestOutcome =
  | { type: 'opened' | 'exists'; url: string; number: number }
  /** A sentence for people. */
  | { type: 'refused'; problem: string };

/** Opens a pull request (GitHub REST API 2022-11-28, `POST /repos/{owner}/{repo}/pulls`). Never rejects. */
export async function openPullRequest(
  ask: AskGithub,
  { owner, branch, base, title, body }: PullRequestText & { owner: string; branch: string; base: string },
): Promise<PullRequestOutcome> {
  try {
    const made = await ask('/pulls', { method: 'POST', body: { title, body, head: branch, base } });
    const opened = readPull(made.json);
    if (made.status === 201 && opened) return { type: 'opened', ...opened };
    if (made.status === 422) {
      const head = new URLSearchParams({ state: 'open', head: `${owner}:${branch}` });
      const { json } = await ask(`/pulls?${head.toString()}`, { method: 'GET' });
      const there = Array.isArray(json) ? readPull(json[0]) : undefined;
      if (there) return { type: 'exists', ...there };
    }
    return { type: 'refused', problem: toProblem(made) };
  } catch {
    return { type: 'refused', problem: 'GitHub did not answer. Open the pull request in the browser' };
  }
}

function readPull(json: unknown): { url: string; number: number } | undefined {
  const { html_url: url, number } = (json ?? {}) as { html_url?: unknown; number?: unknown };
  if (typeof url !== 'string' || typeof number !== 'number') return undefined;
  return URL.parse(url)?.protocol.startsWith('http') === true ? { url, number } : undefined;
}

function toProblem({ status, json }: { status: number; json: unknown }): string {
  const { message, errors } = (json ?? {}) as { message?: unknown; errors?: unknown };
  const [first] = Array.isArray(errors) ? (errors as { message?: unknown }[]) : [];
  const said = [first?.message, message].find((text) => typeof text === 'string')?.slice(0, 300);
  if (status === 401 || status === 403 || status === 404)
    return 'The credential of this repository may not open pull requests. Open it in the browser';
  return `GitHub answered ${status}${said === undefined ? '' : `: ${said}`}. Open the pull request in the browser`;
}
