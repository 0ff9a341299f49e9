import type { Readable } from 'node:stream';

import type { AgentCommandList } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { SessionService } from '../../sessions/session-service.ts';
import { TAGS } from '../openapi/information.ts';
import { eventPlugin } from './mcp-server-resource.ts';
import { getActor } from '../entrance/admission.ts';
import { answer, id } from '../entrance/zod-schemas.ts';
import {
  toMissing,
  toResource,
  workspaceFile,
  workspaceList,
  workspacePath,
  workspaceStamps,
} from './workspace-schemas.ts';
import { toFolderCursor, toFolderPage, OUTPUTS, toOutputs } from './workspace-lists.ts';
import { sendContent, toAttachment } from './send-content.ts';
import { detectFileType } from '../../files/detect-mime-type.ts';
import { failsWith } from '../openapi/failures.ts';

export interface WorkspaceRoutesOptions {
  sessions: Pick<SessionService, 'files' | 'listCommands'>;
}

const tags = [TAGS.sessions];
const params = z.object({ id: id.describe('The session.') });
const bytes = answer<Readable>(z.unknown().meta({ type: 'string', format: 'binary' }));

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
        summary: 'List a folder of your session’s workspace, or search its files',
        description:
          'With `folder` the entries of that folder, page by page. Without it the files that match `query` in the whole workspace, without links, `.git` and `node_modules`.',
        tags,
        params,
        querystring: z.object({
          query: z.string().max(200).default('').describe('Part of a path, or its letters in order.'),
          folder: z
            .string()
            .max(4096)
            .optional()
            .describe('A path from the workspace’s folder; empty for that itself.'),
          page: z.string().max(4096).optional().describe('`next_page` of the page before, of a folder.'),
          limit: z.coerce.number().int().min(1).max(1000).default(50),
        }),
        response: { 200: workspaceList },
      },
    },
    async (request) => {
      const { query, limit, folder, page } = request.query;
      const { files } = await sessions.files.find(getActor(request), request.params.id);
      if (folder !== undefined) {
        const listed = await files.list(folder, { after: toFolderCursor(page), limit });
        // Before the agent's first file there is no folder.
        if (listed === undefined && folder !== '') throw toMissing(folder);
        return toFolderPage(listed ?? { entries: [], hasMore: false, cut: false, path: '' });
      }
      const { paths, truncated } = await files.search({ query, limit });
      const data = paths.map((path) => ({ path, kind: 'file' as const, size_bytes: null, modified_at: null }));
      return { data, truncated, next_page: null };
    },
  );

  app.get(
    '/api/v1/sessions/:id/workspace/file',
    {
      config: { action: 'session.read' },
      schema: {
        operationId: 'readWorkspaceFile',
        summary: 'Get a file of your session’s workspace, as text',
        description:
          'The header `etag` has its version; a request with `if-none-match` is answered 304 while it is the same.',
        tags,
        params,
        querystring: z.object({ path: workspacePath }),
        response: { 200: workspaceFile, 304: z.undefined().describe('It is still that version.') },
      },
    },
    async (request, reply) => {
      const { files } = await sessions.files.find(getActor(request), request.params.id);
      const found = await files.read(request.query.path);
      if (found === undefined) throw toMissing(request.query.path);
      const etag = `"${found.version}"`;
      void reply.header('etag', etag).header('cache-control', 'no-cache');
      if (request.headers['if-none-match'] === etag) return reply.status(304).send();
      const { path: filename, beginning, text } = found;
      const { mimeType } = await detectFileType({ beginning, isText: text !== null, filename });
      return toResource({ ...found, mimeType });
    },
  );

  app.get(
    '/api/v1/sessions/:id/workspace/content',
    {
      config: { action: 'session.read' },
      schema: {
        operationId: 'downloadWorkspaceFile',
        summary: 'Download a file of your session’s workspace',
        description: 'Takes a `range` of bytes. Images are shown by browsers, everything else is an attachment.',
        tags,
        params,
        querystring: z.object({
          path: workspacePath,
          download: z.enum(['true', 'false']).default('false').describe('`true` makes an image an attachment, too.'),
        }),
        response: {
          200: { description: 'The bytes.', content: { 'application/octet-stream': { schema: bytes } } },
          206: { description: 'Those of the range.', content: { 'application/octet-stream': { schema: bytes } } },
        },
      },
    },
    async (request, reply) => {
      const { path, download } = request.query;
      const { files } = await sessions.files.find(getActor(request), request.params.id);
      const opened = await files.open(path);
      if (opened === undefined) throw toMissing(path);
      return sendContent(opened, { request, reply, download: download === 'true' });
    },
  );

  app.get(
    '/api/v1/sessions/:id/workspace/stamps',
    {
      config: { action: 'session.read' },
      schema: {
        operationId: 'stampWorkspaceFiles',
        summary: 'See whether files and folders of your session’s workspace have changed',
        tags,
        params,
        querystring: z.object({
          path: z
            .preprocess(
              (given) => (typeof given === 'string' ? [given] : given),
              z.array(z.string().max(4096)).max(100),
            )
            .describe('Up to 100 times; empty for the workspace’s folder.'),
        }),
        response: { 200: workspaceStamps },
      },
    },
    async (request) => {
      const { path: paths } = request.query;
      const { files } = await sessions.files.find(getActor(request), request.params.id);
      const stamps = await files.stamp(paths);
      return { data: paths.map((path, index) => ({ path, stamp: stamps[index] ?? null })) };
    },
  );

  app.get(
    '/api/v1/sessions/:id/workspace/archive',
    {
      config: { action: 'session.read' },
      schema: {
        operationId: 'downloadWorkspace',
        summary: 'Download your session’s workspace, or a folder of it, as a .zip',
        description:
          'Packed while it is read, up to 100,000 entries of 10 GB. Links, pipes, sockets, devices and what cannot be read are left out, and listed in a text file of the archive.',
        tags,
        params,
        querystring: z.object({ folder: z.string().max(4096).default('').describe('Empty for all.') }),
        response: {
          200: { description: 'The archive.', content: { 'application/zip': { schema: bytes } } },
          ...failsWith(413, 529),
        },
      },
    },
    async (request, reply) => {
      const { folder } = request.query;
      const { id: sessionId } = request.params;
      const archive = await sessions.files.download(getActor(request), sessionId, folder);
      const name = folder.split('/').findLast((part) => part !== '') ?? sessionId;
      return reply
        .header('content-type', 'application/zip')
        .header('content-disposition', toAttachment(`${name}.zip`))
        .header('cache-control', 'no-store')
        .send(archive);
    },
  );

  app.get(
    '/api/v1/sessions/:id/outputs',
    {
      config: { action: 'session.read' },
      schema: {
        operationId: 'listSessionOutputs',
        summary: `List the files that the agent has put into the folder \`${OUTPUTS}\` of its workspace, newest first`,
        tags,
        params,
        response: { 200: workspaceList },
      },
    },
    async (request) => {
      const { files } = await sessions.files.find(getActor(request), request.params.id);
      return toOutputs(files);
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
