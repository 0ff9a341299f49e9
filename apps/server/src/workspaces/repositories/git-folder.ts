import { lchown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { toPackedRefs } from './mirror-refs.ts';
import type { RefreshedMirror } from './mirror.ts';
import type { Remote } from './remote.ts';

/** Name by which git in a session finds the program that leads to the server: `git-remote-csp`. */
const DOOR_HELPER = 'csp';

export interface GitFolderOptions extends RefreshedMirror {
  remote: Remote;
  /** Whose commits the agent makes; without it git asks the agent. */
  author: { name: string; email: string } | undefined;
  /** Absolute path of the objects that the repository borrows. */
  alternates: string;
  /** Only this folder of the repository is checked out, beside the files at its top. */
  subfolder: string | undefined;
}

/**
 * Writes the `.git` of a new work tree: no objects of its own, and all branches of the server as `origin/…`. The settings have the address
 * as it is and no credential: `vcs` has git reach it by the program that leads to the door of the server.
 * @param dir The folder `.git`; whatever it has of this is replaced. Nobody else may write it.
 */
export async function writeGitFolder(
  dir: string,
  options: GitFolderOptions,
  owner: { uid: number; gid: number } | undefined,
): Promise<void> {
  const { commit, branch, subfolder, alternates } = options;
  for (const each of FOLDERS) await mkdir(join(dir, each), { recursive: true, mode: 0o755 });
  const files: [string, string][] = [
    ['HEAD', branch === undefined ? `${commit}\n` : `ref: refs/heads/${branch}\n`],
    ['config', toConfig(options)],
    ['packed-refs', toOwnRefs(options)],
    ['objects/info/alternates', `${alternates}\n`],
    ...(subfolder === undefined ? [] : [['info/sparse-checkout', toCone(subfolder)] as [string, string]]),
  ];
  for (const [name, text] of files) await writeFile(join(dir, name), text);
  if (owner)
    for (const name of [...FOLDERS, ...files.map(([file]) => file)])
      await lchown(join(dir, name), owner.uid, owner.gid);
}

const FOLDERS = ['objects', 'objects/info', 'objects/pack', 'refs', 'refs/heads', 'refs/tags', 'info'];

function toConfig({ remote, branch, author, subfolder }: GitFolderOptions): string {
  const lines = [
    '[core]',
    ...['repositoryformatversion = 0', 'filemode = true', 'bare = false', 'logallrefupdates = true'],
    ...(subfolder === undefined ? [] : ['sparseCheckout = true', 'sparseCheckoutCone = true']),
    '[remote "origin"]',
    ...[`url = ${quote(remote.url)}`, 'fetch = +refs/heads/*:refs/remotes/origin/*', `vcs = ${DOOR_HELPER}`],
    ...(branch === undefined
      ? []
      : [`[branch ${quote(branch)}]`, 'remote = origin', `merge = ${quote(`refs/heads/${branch}`)}`]),
    ...(author === undefined ? [] : ['[user]', `name = ${quote(author.name)}`, `email = ${quote(author.email)}`]),
  ];
  return lines.map((line) => (line.startsWith('[') ? `${line}\n` : `\t${line}\n`)).join('');
}

/** In the form of git's settings, which take no line end in a value. */
function quote(value: string): string {
  return `"${value.replaceAll(/\p{Cc}/gu, ' ').replaceAll(/[\\"]/g, String.raw`\$&`)}"`;
}

function toOwnRefs({ commit, branch, refs }: GitFolderOptions): string {
  const lines = new Map<string, string>();
  if (branch !== undefined && commit !== undefined) lines.set(`refs/heads/${branch}`, commit);
  for (const [name, id] of refs.heads) lines.set(name.replace('refs/heads/', 'refs/remotes/origin/'), id);
  for (const [name, id] of refs.tags) lines.set(name, id);
  return toPackedRefs(lines, refs.peeled);
}

/** The patterns of a sparse checkout for one folder: the files of each folder above it, and all below it. */
function toCone(subfolder: string): string {
  const parts = subfolder.split('/');
  const above = parts.slice(0, -1).map((_, index) => `/${parts.slice(0, index + 1).join('/')}/`);
  return ['/*', '!/*/', ...above.flatMap((path) => [path, `!${path}*/`]), `/${subfolder}/`, ''].join('\n');
}
