import { splitAtNul } from '../history/parse-status.ts';
import type { ServerGit } from '../git/run-git.ts';
import { parseRemote, type Remote } from './remote.ts';

/** A submodule as a commit names it. */
export interface NamedSubmodule {
  /** Relative to the repository. */
  path: string;
  commit: string;
  /** Where it is, or why it cannot be opened. */
  from: { remote: Remote } | { url: string | null; problem: string };
}

const MAX_BYTES = 1024 * 1024;
const GITLINK = /^160000 commit ([0-9a-f]{40}|[0-9a-f]{64})\t/;

/**
 * Reads `.gitmodules` of a commit, and which commits its tree has at the paths. An address that is relative is resolved against that of the
 * repository; one that `parseRemote` does not take, such as of a local path or of a program, is told as a problem.
 */
export async function listSubmodules(
  git: ServerGit,
  { gitDir, remote, commit }: { gitDir: string; remote: Remote; commit: string },
): Promise<NamedSubmodule[]> {
  const listed = await git.run(['config', '--blob', `${commit}:.gitmodules`, '--null', '--list'], {
    ...{ gitDir, maxOutputBytes: MAX_BYTES },
  });
  if (!listed.ok) return [];
  const named = new Map<string, { path?: string; url?: string }>();
  for (const entry of splitAtNul(listed.stdout)) {
    const [, name = '', key, value] = /^submodule\.(.+)\.(path|url)\n(.*)$/s.exec(entry.toString()) ?? [];
    if (key !== undefined) named.set(name, { ...named.get(name), [key]: value });
  }
  const found: NamedSubmodule[] = [];
  for (const { path, url } of named.values()) {
    if (path === undefined || !isPath(path)) continue;
    const entry = await git.run(['ls-tree', commit, '--', path], { gitDir, env: { GIT_LITERAL_PATHSPECS: '1' } });
    const id = entry.ok ? GITLINK.exec(entry.stdout.toString())?.[1] : undefined;
    if (id !== undefined) found.push({ path, commit: id, from: readUrl(remote, url) });
  }
  return found;
}

function readUrl(remote: Remote, url: string | undefined): NamedSubmodule['from'] {
  if (url === undefined) return { url: null, problem: '.gitmodules names no url for it' };
  const isRelative = url.startsWith('./') || url.startsWith('../');
  const whole = isRelative ? URL.parse(url, `${remote.url}/`)?.href : url;
  try {
    return { remote: parseRemote(whole ?? url) };
  } catch (error) {
    return { url, problem: (error as Error).message };
  }
}

function isPath(path: string): boolean {
  const parts = path.split('/');
  return parts.every((part) => !/^(?:|\.|\.\.|\.git)$/i.test(part) && !/[\p{Cc}\\]/u.test(part));
}
