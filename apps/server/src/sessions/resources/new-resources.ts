import { createId, CspError } from '@claude-sdk-pattern/protocol';
import type { LocalFolderParams, SessionResourceItem, SessionResourceParams } from '@claude-sdk-pattern/protocol/v1';

import type { FileService } from '../../files/file-service.ts';
import type { Actor } from '../../identity/actor.ts';
import type { FolderGrants } from '../../local-folders/folder-grants.ts';
import type { LocalFolders } from '../../workspaces/folders/local-folders.ts';
import type { FindAddressProblem } from '../../workspaces/repositories/address-problem.ts';
import { readCredential } from '../../workspaces/repositories/credential.ts';
import { parseRemote, toRepositoryName, type Remote } from '../../workspaces/repositories/remote.ts';

/** A resource that is to be stored, with the token that goes into the secret store and nowhere else. */
export interface NewResource {
  item: SessionResourceItem;
  token: string | undefined;
}

export interface NewResourcesDeps {
  files: Pick<FileService, 'get'>;
  folderGrants: Pick<FolderGrants, 'find'>;
  localFolders: Pick<LocalFolders, 'findWriteProblem'>;
  findAddressProblem: FindAddressProblem;
  /** Milliseconds since 1970. */
  now(): number;
}

const ROOT = '/workspace';
const MAX_DEPTH = 20;
const MAX_RESOURCES = 20;

/**
 * Checks what is to be mounted beside what is there, and gives each its id and place.
 * @throws CspError `invalid_request` for an address, a credential or a path that cannot be, and for a folder in which the agent could not
 * work, `not_found` for a file, `permission_denied` for a folder of the machine that was not granted
 */
export async function toNewResources(
  { files, folderGrants, localFolders, findAddressProblem, now }: NewResourcesDeps,
  actor: Actor,
  { params, there }: { params: readonly SessionResourceParams[]; there: readonly SessionResourceItem[] },
): Promise<NewResource[]> {
  const made: NewResource[] = [];
  const remotes: Remote[] = [];
  const taken = () => [...there, ...made.map(({ item }) => item)].map(({ mount_path: path }) => path);
  if (there.length + params.length > MAX_RESOURCES)
    throw new CspError('quota_exceeded', `A session has ${MAX_RESOURCES} resources at most. Remove one first`);
  for (const each of params) {
    const at = new Date(now()).toISOString();
    const shared = {
      ...{ id: createId('sesrsc', now()), created_at: at, updated_at: at },
      ...{ state: 'pending' as const, problem: null },
    };
    if (each.type === 'file') {
      const { filename } = await files.get(actor, each.file_id);
      const path = toMountPath(each.mount_path ?? `${ROOT}/uploads/${toFileName(filename, each.file_id)}`);
      if (path === ROOT) throw refuse('mount_path', 'The mount_path of a file names the file');
      assertFree(path, taken());
      made.push({ item: { ...shared, type: 'file', file_id: each.file_id, mount_path: path }, token: undefined });
      continue;
    }
    if (each.type === 'local_folder') {
      const { path } = await folderGrants.find(actor.role, each);
      const problem = each.mode === 'direct' ? await localFolders.findWriteProblem(path) : undefined;
      if (problem !== undefined) throw refuse('path', problem);
      const item = { ...shared, ...toFolder(each, path) };
      assertFree(item.mount_path, taken());
      made.push({ item, token: undefined });
      continue;
    }
    const remote = parseRemote(each.url);
    const token = each.type === 'github_repository' ? each.authorization_token : undefined;
    const secret = each.type === 'git_repository' ? (each.secret ?? null) : null;
    if (remote.protocol === 'ssh' && token === undefined && secret === null)
      throw refuse(
        'url',
        'An SSH address needs a private key: name a secret that holds one, or write the https address',
      );
    if (token !== undefined) readCredential(token, remote.protocol);
    const path = toMountPath(each.mount_path ?? `${ROOT}/${toRepositoryName(remote)}`);
    assertFree(path, taken());
    remotes.push(remote);
    made.push({
      item: {
        ...{ ...shared, type: each.type, url: remote.url, mount_path: path },
        ...{ checkout: each.checkout ?? null, subfolder: toSubfolder(each.subfolder), commit: null, branch: null },
        secret,
        submodules: each.submodules === true ? [] : null,
      },
      token,
    });
  }
  const [problem] = (await Promise.all(remotes.map(findAddressProblem))).filter((each) => each !== undefined);
  if (problem !== undefined) throw refuse('url', problem);
  return made;
}

function toFolder({ mode, checkout, mount_path: given }: LocalFolderParams, path: string) {
  const mountPath = toMountPath(given ?? `${ROOT}/${toFileName(path.slice(path.lastIndexOf('/') + 1), 'folder')}`);
  if (mode === 'direct' && mountPath === ROOT)
    throw refuse('mount_path', 'A folder that is used directly has a name in the workspace. Write /workspace/NAME');
  if (mode !== 'worktree' && checkout != null)
    throw refuse('checkout', `The mode ${mode} takes the folder as it is. Leave checkout out, or choose worktree`);
  return {
    ...{ type: 'local_folder' as const, path, mode, mount_path: mountPath },
    ...{ checkout: checkout ?? null, commit: null, branch: null },
  };
}

/** Where a mount is in the workspace; empty for the workspace itself. */
export function toRelativePath({ mount_path: path }: Pick<SessionResourceItem, 'mount_path'>): string {
  return path === ROOT ? '' : path.slice(ROOT.length + 1);
}

/**
 * The path as `/workspace/…`. Also takes one that is relative to the workspace, and the places of the Managed Agents API below `/mnt/session`.
 * @throws CspError `invalid_request`
 */
function toMountPath(given: string): string {
  const written = given.trim().replace(/^\/mnt\/session(?=\/)/, ROOT);
  const parts = (written.startsWith('/') ? written : `${ROOT}/${written}`)
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  const path = `/${parts.join('/')}`;
  const isInside = path === ROOT || path.startsWith(`${ROOT}/`);
  if (!isInside || parts.includes('..') || parts.length > MAX_DEPTH || /[\p{Cc}\\]/u.test(path))
    throw refuse(
      'mount_path',
      `The mount_path ${given} is not in the workspace. Write ${ROOT}/NAME, or ${ROOT} for the workspace itself`,
    );
  if (parts.slice(1).some((part) => part.toLowerCase() === '.git' || Buffer.byteLength(part) > 255))
    throw refuse('mount_path', `The mount_path ${given} has a part that no folder of a repository may be called`);
  return path;
}

function assertFree(path: string, taken: readonly string[]): void {
  // A repository in the workspace itself may have others in it, as submodules are.
  if (
    taken.some(
      (other) =>
        other === path ||
        (other !== ROOT && path.startsWith(`${other}/`)) ||
        (other.startsWith(`${path}/`) && path !== ROOT),
    )
  )
    throw refuse('mount_path', `The mount_path ${path} is that of another resource of the session, or in it`);
}

function toSubfolder(given: string | null | undefined): string | null {
  if (given == null) return null;
  const parts = given.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.length === 0) return null;
  if (parts.includes('..') || parts.some((part) => /[*?[\]!#\\]/.test(part)))
    throw refuse('subfolder', `The subfolder ${given} is no folder of a repository`);
  return parts.join('/');
}

function toFileName(filename: string, id: string): string {
  const name = filename.replaceAll(/[\p{Cc}/\\]/gu, '-');
  return /^\.*$|^\.git$/i.test(name) ? id : name;
}

function refuse(field: string, message: string): CspError {
  return new CspError('invalid_request', message, { details: { field } });
}
