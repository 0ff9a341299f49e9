import {
  CspError,
  type AgentCommandList,
  type WorkspaceFile,
  type WorkspaceFileList,
} from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { SessionService } from '../../sessions/session-service.ts';
import { TAGS } from '../openapi/information.ts';
import { eventPlugin } from './mcp-server-resource.ts';
import { getActor } from '../entrance/admission.ts';
import { answer, id } from '../entrance/zod-schemas.ts';
import { MAX_READ_BYTES } from '../../agent-files/read-text.ts';

export interface WorkspaceRoutesOptions {
  sessions: Pick<SessionService, 'findWorkspace' | 'listCommands'>;
}

const tags = [TAGS.sessions];
const params = z.object({ id: id.describe('The session.') });
const path = z.string().min(1).max(4096);

const fileList = answer<WorkspaceFileList>(
  z
    .object({
      data: z.array(z.object({ path: path.describe('From the workspace’s folder, with `/`.') })),
      truncated: z
        .boolean()
        .describe('True when more match, or the workspace is larger than what is looked through: 20,000 files.'),
    })
    .meta({ id: 'WorkspaceFileList', description: 'Files of a session’s workspace, best match first.' }),
);

const file = answer<WorkspaceFile>(
  z
    .object({
      type: z.literal('workspace_file'),
      path,
      size_bytes: z.number().int().min(0),
      modified_at: z.iso.datetime(),
      text: z.string().nullable().describe('Null where it is not UTF-8.'),
      truncated: z.boolean().describe(`True when \`text\` is only the first ${MAX_READ_BYTES} bytes.`),
    })
    .meta({ id: 'WorkspaceFile', description: 'A file of a session’s workspace as it is now.' }),
);

const commandList = answer<AgentCommandList>(
  z
    .object({
      data: z.array(
        z.object({
          name: z.string().describe('Without the slash.'),
          description: z.string(),
          argument_hint: z.string().describe('What may follow it; empty where nothing may.'),
          plugin: eventPlugin.nullable().describe('That brings it as a skill or a command; null for others.'),
        }),
      ),
    })
    .meta({ id: 'AgentCommandList', description: 'What a message may begin with, after a slash.' }),
);

/** What people look up while they write and read: the files of a session, also of one without a process, and its commands. */
export const workspaceRoutes: FastifyPluginAsyncZod<WorkspaceRoutesOptions> = async (app, options) => {
  const { sessions } = options;
  app.get(
    '/api/v1/sessions/:id/workspace/files',
    {
      config: { action: 'session.read' },
      schema: {
        operationId: 'listWorkspaceFiles',
        summary: 'Search the files of your session’s workspace, without links, `.git` and `node_modules`',
        tags,
        params,
        querystring: z.object({
          query: z.string().max(200).default('').describe('Part of a path, or its letters in order.'),
          limit: z.coerce.number().int().min(1).max(1000).default(50),
        }),
        response: { 200: fileList },
      },
    },
    async (request) => {
      const { query, limit } = request.query;
      const workspace = await sessions.findWorkspace(getActor(request), request.params.id);
      const { paths, truncated } = await workspace.list({ query, limit });
      return { data: paths.map((each) => ({ path: each })), truncated };
    },
  );

  app.get(
    '/api/v1/sessions/:id/workspace/file',
    {
      config: { action: 'session.read' },
      schema: {
        operationId: 'readWorkspaceFile',
        summary: 'Get a file of your session’s workspace, as text',
        tags,
        params,
        querystring: z.object({ path: path.describe('From the workspace’s folder.') }),
        response: { 200: file },
      },
    },
    async (request) => {
      const workspace = await sessions.findWorkspace(getActor(request), request.params.id);
      const found = await workspace.read(request.query.path);
      if (found === undefined) {
        throw new CspError(
          'not_found',
          `There is no file ${request.query.path} in the workspace of ${request.params.id}`,
        );
      }
      return found;
    },
  );

  app.get(
    '/api/v1/sessions/:id/commands',
    {
      config: { action: 'session.read' },
      schema: {
        operationId: 'listSessionCommands',
        summary: 'List the slash commands that a message to your session may begin with',
        tags,
        params,
        response: { 200: commandList },
      },
    },
    async (request) => ({ data: [...(await sessions.listCommands(getActor(request), request.params.id))] }),
  );
};
