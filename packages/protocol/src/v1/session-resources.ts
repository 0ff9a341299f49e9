import { z } from 'zod';

const MAX_RESOURCES = 20;

/** Where in the workspace: `/workspace/…`, or relative to it. `/workspace` is the workspace itself. */
const mountPath = z.string().trim().min(1).max(1000);
const url = z.string().trim().min(1).max(2000);
const refName = z
  .string()
  .min(1)
  .max(255)
  .regex(/^(?!-)[^\s\p{Cc}~^:?*[\\]+$/u, 'is no name that git takes');

const checkout = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('branch'), name: refName }),
  z.strictObject({ type: z.literal('tag'), name: refName }).describe('Ours.'),
  z.strictObject({
    type: z.literal('commit'),
    sha: z.string().regex(/^(?:[0-9a-fA-F]{40}|[0-9a-fA-F]{64})$/, 'is not the whole id of a commit'),
  }),
]);

const shared = {
  url,
  checkout: checkout.nullish().describe('By default the branch that the git server has as default.'),
  mount_path: mountPath.nullish().describe('By default `/workspace/` and the name of the repository.'),
  subfolder: z
    .string()
    .regex(/^[^/\s\p{Cc}][^\p{Cc}]*$/u)
    .max(500)
    .nullish()
    .describe('Ours: only this folder of it is checked out, beside the files at its top.'),
  submodules: z
    .boolean()
    .nullish()
    .describe(
      'Ours: whether its submodules are checked out, with those that they have. Each has to be readable by anybody, or be a resource of the session, whose credential serves.',
    ),
};

const githubRepositoryParams = z
  .strictObject({
    type: z.literal('github_repository'),
    ...shared,
    authorization_token: z.string().min(1).max(10_000).optional().describe('Kept encrypted; no answer has it.'),
  })
  .meta({ id: 'GithubRepositoryParams' });

const gitRepositoryParams = z
  .strictObject({
    type: z.literal('git_repository'),
    ...shared,
    secret: z.string().min(1).max(64).nullish().describe('Name of a secret of your own: a token, or `user:password`.'),
  })
  .meta({ id: 'GitRepositoryParams', description: 'Ours: a repository of any git server, over HTTPS.' });

const fileResourceParams = z
  .strictObject({
    type: z.literal('file'),
    file_id: z.string().min(1).max(128),
    mount_path: mountPath.nullish().describe('By default `/workspace/uploads/` and the name of the file.'),
  })
  .meta({ id: 'FileResourceParams' });

export const FOLDER_MODES = ['copy', 'worktree', 'direct'] as const;
/**
 * How a session uses a folder of the machine. `copy`: it gets a copy; `worktree`: it gets the commit of a git repository, with its
 * history; `direct`: it works in the folder itself, and no other session does.
 */
export type FolderMode = (typeof FOLDER_MODES)[number];

const localFolderParams = z
  .strictObject({
    type: z.literal('local_folder'),
    path: z
      .string()
      .min(1)
      .max(4000)
      .regex(/^\/[^\0]*$/, 'is no absolute path')
      .describe('Absolute, on the server; in a folder that an administrator granted.'),
    mode: z.enum(FOLDER_MODES),
    checkout: checkout.nullish().describe('Of the mode `worktree`; by default what is checked out in the folder.'),
    mount_path: mountPath.nullish().describe('By default `/workspace/` and the name of the folder.'),
  })
  .meta({ id: 'LocalFolderParams', description: 'Ours: a folder of the machine on which the server runs.' });

export const sessionResourceParams = z.discriminatedUnion('type', [
  githubRepositoryParams,
  gitRepositoryParams,
  localFolderParams,
  fileResourceParams,
]);
export type SessionResourceParams = z.infer<typeof sessionResourceParams>;
export type RepositoryParams = Exclude<SessionResourceParams, { type: 'file' | 'local_folder' }>;
export type LocalFolderParams = Extract<SessionResourceParams, { type: 'local_folder' }>;

export const sessionResourcesParams = z.array(sessionResourceParams).max(MAX_RESOURCES);

/** What `sessions.resources.update` changes. */
export const sessionResourceUpdateParams = z.strictObject({ authorization_token: z.string().min(1).max(10_000) });

/** What of a repository is checked out. */
export type RepositoryCheckout = z.infer<typeof checkout>;

interface ResourceState {
  id: string;
  /** As in the Managed Agents API: `/workspace/…`; the session's folder has the name `/workspace` there. */
  mount_path: string;
  /** ISO 8601. */
  created_at: string;
  updated_at: string;
  /** Ours: `pending` until it is in the workspace; `failed` with the reason in `problem`. */
  state: 'pending' | 'ready' | 'failed';
  problem: string | null;
}

export interface RepositorySubmodule {
  /** In the repository. */
  path: string;
  /** Null where it has none that can be read. */
  url: string | null;
  commit: string | null;
  /** Why it is not there; null where it is. */
  problem: string | null;
}

export interface RepositoryResource extends ResourceState {
  type: 'github_repository' | 'git_repository';
  url: string;
  checkout: RepositoryCheckout | null;
  subfolder: string | null;
  /** Name of the secret; never its value. */
  secret: string | null;
  /** Of each submodule, once it was opened; null where they were not asked for. */
  submodules?: RepositorySubmodule[] | null;
  /** What was checked out: the commit, and its branch where HEAD is not detached. */
  commit: string | null;
  branch: string | null;
}

export interface MountedFileResource extends ResourceState {
  type: 'file';
  file_id: string;
}

export interface LocalFolderResource extends ResourceState {
  type: 'local_folder';
  /** Absolute, without links. */
  path: string;
  mode: FolderMode;
  checkout: RepositoryCheckout | null;
  /** Of the mode `worktree`, as of a repository. */
  commit: string | null;
  branch: string | null;
}

/** What is mounted into the workspace of a session. */
export type SessionResourceItem = RepositoryResource | LocalFolderResource | MountedFileResource;
