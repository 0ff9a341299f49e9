import type {
  GitCommitResult,
  GitPullRequestResult,
  GitPushResult,
  GitRepositoryState,
  GitRepositoryStateList,
} from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { SessionService } from '../../sessions/session-service.ts';
import { getActor } from '../entrance/admission.ts';
import { answer, id } from '../entrance/zod-schemas.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';
import { workspacePath } from './workspace-schemas.ts';

export interface GitRoutesOptions {
  sessions: Pick<SessionService, 'git'>;
}

const tags = [TAGS.sessions];
const params = z.object({ id: id.describe('The session.') });
const repository = z
  .string()
  .max(4096)
  .default('')
  .describe('`path` of the repository; empty for the one that the workspace itself is.');
const branch = z
  .string()
  .min(1)
  .max(255)
  .regex(/^(?!-)[^\s\p{Cc}~^:?*[\\]+$/u, 'is no name that git takes');
const paths = z.array(workspacePath).min(1).max(1000).nullable().describe('As the list has them; null for all.');
const status = z.enum(['added', 'modified', 'deleted', 'renamed']);
const count = z.number().int().min(0);

const state = answer<GitRepositoryState>(
  z
    .object({
      path: z.string().describe('Of its folder in the workspace; empty for the workspace itself.'),
      remote_url: z.string().nullable().describe('Null for one that the session was not given.'),
      branch: z.string().nullable().describe('Null where HEAD is detached.'),
      commit: z.object({ id: z.string(), subject: z.string() }).nullable().describe('The last one.'),
      upstream: z.string().nullable().describe('Such as `origin/main`.'),
      ahead: count.nullable().describe('Commits that the upstream lacks, as last fetched.'),
      behind: count.nullable().describe('Commits of the upstream that the branch lacks, as last fetched.'),
      files: z
        .array(
          z.object({
            path: z
              .string()
              .describe('From the repository, with `/`; of a folder of untracked files with one at its end.'),
            previous_path: z.string().nullable(),
            staged: status.nullable().describe('What the next commit changes of it.'),
            unstaged: z
              .enum([...status.options, 'untracked', 'conflicted'])
              .nullable()
              .describe('What the next commit leaves out.'),
          }),
        )
        .describe('The first 1,000 that differ.'),
      total: count,
      push_branch: z
        .string()
        .nullable()
        .describe(
          'Where a push goes without a name: a new branch in place of the default branch. Null where it cannot be pushed.',
        ),
      default_branch: z.string().nullable(),
      compare_url: z.string().nullable().describe('At GitHub, after a push.'),
      problem: z.string().nullable().describe('Why it cannot be read.'),
    })
    .meta({ id: 'GitRepositoryState', description: 'A repository in the workspace of a session, as it is now.' }),
);

/** What people do by hand with the repositories in a workspace. */
export const gitRoutes: FastifyPluginAsyncZod<GitRoutesOptions> = async (app, { sessions }) => {
  app.get(
    '/api/v1/sessions/:id/workspace/git',
    {
      config: { action: 'session.read' },
      schema: {
        operationId: 'listWorkspaceRepositories',
        summary: 'See branch, commits and files of the git repositories in a session’s workspace',
        tags,
        params,
        response: { 200: answer<GitRepositoryStateList>(z.object({ data: z.array(state) })) },
      },
    },
    async (request) => ({ data: await sessions.git.list(getActor(request), request.params.id) }),
  );

  for (const [which, summary] of [
    ['stage', 'Stage files for the next commit'],
    ['unstage', 'Take files out of the next commit; on disk they stay as they are'],
  ] as const)
    app.post(
      `/api/v1/sessions/:id/workspace/git/${which}`,
      {
        config: { action: 'session.change_files' },
        schema: {
          operationId: `${which}WorkspaceFiles`,
          summary,
          tags,
          params,
          body: z.object({ repository, paths }),
          response: { 200: state, ...failsWith(409) },
        },
      },
      (request) => sessions.git[which](getActor(request), request.params.id, request.body),
    );

  app.post(
    '/api/v1/sessions/:id/workspace/git/commit',
    {
      config: { action: 'session.change_files' },
      schema: {
        operationId: 'commitWorkspace',
        summary: 'Commit what is staged, in your name',
        description: 'The agent is named as co-author. Hooks of the repository are not run, and no signature is made.',
        tags,
        params,
        body: z.object({ repository, message: z.string().trim().min(1).max(20_000) }),
        response: {
          200: answer<GitCommitResult>(z.object({ commit: z.string(), repository: state })),
          ...failsWith(409),
        },
      },
    },
    (request) => sessions.git.commit(getActor(request), request.params.id, request.body),
  );

  app.post(
    '/api/v1/sessions/:id/workspace/git/push',
    {
      config: { action: 'session.change_files' },
      schema: {
        operationId: 'pushWorkspace',
        summary: 'Push the commits of a repository to its git server',
        description:
          'Goes to `push_branch` unless a branch is named. A branch that is not the current one is made, and checked out, at the same commit. Nothing is overwritten at the server. `git_problem` in the details of a failure: `non_fast_forward`, `refused`, `no_permission`, `unreachable`, `branch_exists`, `busy`.',
        tags,
        params,
        body: z.object({ repository, branch: branch.optional() }),
        response: { 200: answer<GitPushResult>(z.object({ branch, repository: state })), ...failsWith(409) },
      },
    },
    (request) => {
      const { repository: path, branch: name } = request.body;
      return sessions.git.push(getActor(request), request.params.id, { repository: path, branch: name });
    },
  );

  app.post(
    '/api/v1/sessions/:id/workspace/git/pull_request',
    {
      config: { action: 'session.change_files' },
      schema: {
        operationId: 'openWorkspacePullRequest',
        summary: 'Open a pull request at GitHub for the branch that was pushed',
        description:
          'By the API where the credential of the repository allows it; else `url` leads to the form in the browser, filled in.',
        tags,
        params,
        body: z.object({
          repository,
          title: z.string().trim().min(1).max(256),
          body: z.string().max(60_000).default(''),
          base: branch.optional().describe('By default the default branch.'),
        }),
        response: {
          200: answer<GitPullRequestResult>(
            z.object({
              opened: z.boolean(),
              url: z.string(),
              number: count.nullable(),
              problem: z.string().nullable().describe('Why it was not opened.'),
            }),
          ),
          ...failsWith(409),
        },
      },
    },
    (request) => {
      const { base, ...rest } = request.body;
      return sessions.git.openPullRequest(getActor(request), request.params.id, { ...rest, base });
    },
  );
};
