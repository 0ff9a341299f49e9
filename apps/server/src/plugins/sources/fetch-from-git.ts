import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';

import type { ContentWriter } from '../content/content-writer.ts';
import { copyFolder } from '../content/copy-folder.ts';
import type { GivenSource } from '../plugin-source.ts';
import { refuseFile } from '../problem.ts';
import type { Fetched, TakeInDeps } from './fetched.ts';
import { runTool } from './run-tool.ts';

/**
 * Addresses that only fetch, encrypted and from another machine: file:// would take what only the server may read, `ext::`
 * would run a command, and a leading `-` would be an option.
 */
const URL_FORM = /^(?:https|ssh):\/\/\S+$|^\w[\w.-]*@[\w.-]+:\S+$/;
const FILE_URL_FORM = /^file:\/\/\S+$/;
/** In the form of GIT_ALLOW_PROTOCOL, which also holds for redirections. */
const PROTOCOLS = 'https:ssh';
const REF = /^(?!-)[\w./@+-]{1,255}$/;
/** Nothing of the repository is run. What the server's user has configured, such as credentials, holds. */
const SAFE = [
  ...['-c', 'core.hooksPath=/dev/null', '-c', 'protocol.ext.allow=never', '-c', 'core.fsmonitor=false'],
  ...['-c', 'submodule.recurse=false', '-c', 'core.symlinks=true', '-c', 'core.autocrlf=false'],
  ...['-c', 'transfer.fsckObjects=true', '-c', 'gc.auto=0'],
];

/** Fetches one commit of a git repository, which is what is kept of the ref. */
export async function fetchFromGit(
  { url, ref = 'HEAD', path, plugin }: Extract<GivenSource, { type: 'git' }>,
  { writer, to, deps }: { writer: ContentWriter; to: string; deps: TakeInDeps },
): Promise<Fetched> {
  const isFile = deps.fileUrls === true && FILE_URL_FORM.test(url);
  if (!isFile && !URL_FORM.test(url))
    throw refuseFile(
      null,
      'The url of the source is no address that git fetches from',
      'Use https://, ssh:// or git@host:path',
    );
  if (!REF.test(ref))
    throw refuseFile(null, 'The ref of the source is none that git has', 'Name a branch, a tag or a commit');
  await using scratch = await deps.content.stage();
  const dir = join(scratch.path, 'repository');
  await mkdir(dir);
  const env = {
    ...{ ...deps.toolEnvironment, GIT_ALLOW_PROTOCOL: isFile ? 'file' : PROTOCOLS },
    ...{ GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_NOSYSTEM: '1', GIT_LFS_SKIP_SMUDGE: '1' },
  };
  const git = (doing: string, ...args: string[]) =>
    runTool('git', [...SAFE, ...args], { cwd: dir, env, doing, signal: deps.signal });
  await git('make a repository', 'init', '--quiet', '--template=');
  await git(`fetch ${ref} of ${toShownUrl(url)}`, 'fetch', '--quiet', '--depth=1', '--no-tags', '--', url, ref);
  await git('read the commit', 'checkout', '--quiet', '--detach', 'FETCH_HEAD');
  const commit = (await git('name the commit', 'rev-parse', 'HEAD')).trim();
  await copyFolder(dir, to, { writer, leaveOut: ['.git'] });
  const fallbackName = basename(url.replace(/\/+$/, '')).replace(/\.git$/, '');
  return {
    origin: { commit },
    inspect: { fallbackName: path === undefined ? fallbackName : basename(path), plugin },
    ...(path !== undefined && { within: toFolder(path, writer) }),
  };
}

function toFolder(path: string, writer: ContentWriter): string {
  const folder = path.replace(/^(?:\.\/)+|\/+$/g, '');
  if (writer.paths.some((each) => each.startsWith(`${folder}/`))) return folder;
  throw refuseFile(path, 'is no folder of the repository', 'Correct the path of the source');
}

/** Without a password. */
function toShownUrl(url: string): string {
  if (!URL.canParse(url)) return url;
  const shown = new URL(url);
  shown.password = '';
  return shown.href;
}
