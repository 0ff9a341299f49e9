import { Readable } from 'node:stream';

import { CspError } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import { MAX_READ_BYTES } from '../../agent-files/read-text.ts';
import type { SessionService } from '../../sessions/session-service.ts';
import type { WrittenInWorkspace } from '../../sessions/session-files.ts';
import { parseBody } from '../entrance/parse-body.ts';
import { TAGS } from '../openapi/information.ts';
import { failsWith } from '../openapi/failures.ts';
import { getActor } from '../entrance/admission.ts';
import { answer, id, nothing, validateNothing } from '../entrance/zod-schemas.ts';
import { workspacePath, writtenFile } from './workspace-schemas.ts';

export interface WorkspaceChangeRoutesOptions {
  sessions: Pick<SessionService, 'files'>;
  /** The largest file that can be uploaded. */
  maxFileBytes: number;
}

const tags = [TAGS.sessions];
const params = z.object({ id: id.describe('The session.') });
const place = z.object({ path: workspacePath });
const named = answer<{ path: string }>(place.meta({ id: 'WorkspacePlace' }));
const WAYS =
  'Needs `if-match` with the version that it replaces, or `if-none-match: *` for a new file. Another version is refused with 412 and its present version, and nothing is written.';
/** A character may take six bytes in JSON. */
const MAX_BODY_BYTES = 6 * MAX_READ_BYTES + 1024;

/** What people change in a workspace by hand. */
export const workspaceChangeRoutes: FastifyPluginAsyncZod<WorkspaceChangeRoutesOptions> = async (app, options) => {
  const { sessions, maxFileBytes } = options;

  app.put(
    '/api/v1/sessions/:id/workspace/file',
    {
      config: { action: 'session.change_files' },
      bodyLimit: MAX_BODY_BYTES,
      schema: {
        operationId: 'writeWorkspaceFile',
        summary: 'Write a text file of a session’s workspace',
        description: WAYS,
        tags,
        params,
        querystring: place,
        body: z.object({ text: z.string().describe('The whole text, at most 1 MiB as UTF-8.') }),
        response: { 200: writtenFile, ...failsWith(409, 412) },
      },
    },
    async (request, reply) => {
      const content = Buffer.from(request.body.text);
      const written = await sessions.files.write(getActor(request), request.params.id, {
        ...{ path: request.query.path, bytes: content.length, maxBytes: MAX_READ_BYTES },
        ...{ expected: toExpected(request.headers), content: Readable.from([content]) },
      });
      void reply.header('etag', `"${written.version}"`);
      return toResource(written);
    },
  );

  await app.register(async (scope) => {
    // The bytes as they come: they are neither kept in memory nor parsed.
    scope.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
    (scope as typeof app).put(
      '/api/v1/sessions/:id/workspace/content',
      {
        config: { action: 'session.change_files' },
        validatorCompiler: validateNothing,
        schema: {
          operationId: 'uploadWorkspaceFile',
          summary: 'Upload a file into a session’s workspace',
          description: `${WAYS} The body is the bytes, as \`application/octet-stream\`, with \`content-length\`.`,
          tags,
          consumes: ['application/octet-stream'],
          params,
          querystring: place,
          body: z.unknown().meta({ type: 'string', format: 'binary' }),
          response: { 200: writtenFile, ...failsWith(409, 412) },
        },
      },
      async (request) => {
        const { path } = parseBody(place, request.query);
        const bytes = Number(request.headers['content-length'] ?? maxFileBytes);
        const content = request.body instanceof Readable ? request.body : Readable.from([]);
        try {
          const written = await sessions.files.write(getActor(request), request.params.id, {
            ...{ path, bytes, maxBytes: maxFileBytes, expected: toExpected(request.headers), content },
          });
          return toResource(written);
        } catch (error) {
          // The rest of the body is read and dropped; otherwise it would be read as the next request of this connection.
          request.raw.resume();
          throw error;
        }
      },
    );
  });

  app.delete(
    '/api/v1/sessions/:id/workspace/file',
    {
      config: { action: 'session.change_files' },
      schema: {
        operationId: 'deleteWorkspaceFile',
        summary: 'Delete a file or a folder of a session’s workspace',
        tags,
        params,
        querystring: place,
        response: { 204: nothing, ...failsWith(409) },
      },
    },
    async (request, reply) => {
      await sessions.files.remove(getActor(request), request.params.id, request.query.path);
      return reply.status(204).send();
    },
  );

  app.post(
    '/api/v1/sessions/:id/workspace/folders',
    {
      config: { action: 'session.change_files' },
      schema: {
        operationId: 'makeWorkspaceFolder',
        summary: 'Make a folder in a session’s workspace',
        tags,
        params,
        body: place,
        response: { 201: named, ...failsWith(409) },
      },
    },
    async (request, reply) => {
      const made = await sessions.files.makeFolder(getActor(request), request.params.id, request.body.path);
      return reply.status(201).send(made);
    },
  );

  app.post(
    '/api/v1/sessions/:id/workspace/move',
    {
      config: { action: 'session.change_files' },
      schema: {
        operationId: 'moveWorkspaceFile',
        summary: 'Rename or move a file or a folder of a session’s workspace',
        description: 'Never onto a name that is taken.',
        tags,
        params,
        body: z.object({ from: workspacePath, to: workspacePath }),
        response: { 200: named, ...failsWith(409) },
      },
    },
    async (request) => sessions.files.move(getActor(request), request.params.id, request.body),
  );
};

function toResource({ path, sizeBytes, version }: WrittenInWorkspace) {
  return { type: 'workspace_file' as const, path, size_bytes: sizeBytes, version };
}

/** @throws CspError `invalid_request` where a request does not say what it replaces */
function toExpected(headers: { 'if-match'?: string | undefined; 'if-none-match'?: string | undefined }): string | null {
  if (headers['if-none-match'] === '*') return null;
  const version = /^"([^"]+)"$/.exec(headers['if-match'] ?? '')?.[1];
  if (version !== undefined) return version;
  throw new CspError(
    'invalid_request',
    'Send if-match with the version that you have read, in quotes, or if-none-match: * for a new file',
    { details: { field: 'if-match' } },
  );
}
