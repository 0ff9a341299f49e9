import multipart from '@fastify/multipart';
import { CspError } from '@claude-sdk-pattern/protocol';
import { expiresInSeconds, listOf, paging, type FileResource } from '@claude-sdk-pattern/protocol/v1';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { FileService, PendingUpload } from '../../files/file-service.ts';
import type { StoredFile } from '../../store/files.ts';
import { parseBody } from '../entrance/parse-body.ts';
import { TAGS } from '../openapi/information.ts';
import { getAccess, getActor } from '../entrance/admission.ts';
import { answer, id, pageOf, validateNothing } from '../entrance/zod-schemas.ts';

const tags = [TAGS.files];
const params = z.object({ file_id: id });
const fileResource = answer<FileResource>(
  z
    .object({
      type: z.literal('file'),
      id: z.string(),
      filename: z.string(),
      mime_type: z.string(),
      size_bytes: z.number(),
      created_at: z.iso.datetime(),
      downloadable: z.boolean(),
      expires_at: z.iso.datetime().nullable(),
      scope: z.object({ type: z.literal('session'), id: z.string() }).nullable(),
    })
    .meta({ id: 'File', description: 'The metadata of a file.' }),
);
const filePage = pageOf(fileResource);
const DEFAULT_LIMIT = 20;
const MAX_IDS = 100;
const fileList = z
  .strictObject({
    ...paging({ default: DEFAULT_LIMIT, max: 1000 }),
    limit: z.coerce.number().int().min(1).max(1000).optional().describe(`Without it ${DEFAULT_LIMIT}.`),
    ids: listOf(id)
      .transform((ids) => [...new Set(ids)])
      .refine(({ length }) => length <= MAX_IDS, { error: `takes ${MAX_IDS} at most` })
      .optional()
      .describe(`Only these, at most ${MAX_IDS}, in one page: without \`limit\` and \`page\`.`),
    scope_id: id.optional(),
  })
  .refine(({ ids, limit, page }) => ids === undefined || (limit === undefined && page === undefined), {
    path: ['ids'],
    error: 'goes without limit and page',
  });
const uploadFields = z.object({ expires_in_seconds: expiresInSeconds.optional() });
const bytes = z.unknown().meta({ type: 'string', format: 'binary' });
const form = uploadFields.extend({ file: bytes });
const fileContent = {
  description: 'The bytes, as an attachment.',
  content: { 'application/octet-stream': { schema: bytes } },
};

/**
 * `/v1/files`
 *
 * Over 100 lines: a flat list of routes.
 */
export const fileRoutes: FastifyPluginAsyncZod<{ files: FileService }> = async (app, { files }) => {
  // One byte more than allowed, so that the service sees that it is too much.
  await app.register(multipart, { limits: { files: 1, fields: 10, fileSize: files.maxBytes + 1, fieldSize: 1000 } });

  app.post(
    '/v1/files',
    {
      config: { action: 'file.upload' },
      validatorCompiler: validateNothing,
      schema: {
        operationId: 'uploadFile',
        summary: 'Upload a file: multipart, with `file` and optional `expires_in_seconds`',
        tags,
        consumes: ['multipart/form-data'],
        body: form,
        response: { 200: fileResource },
      },
    },
    async (request) => {
      await files.assertMayUpload(getActor(request));
      const { pending, fields } = await receive(request, files);
      try {
        const { expires_in_seconds: seconds } = parseBody(uploadFields, fields);
        await getAccess(request).assertAllowed();
        const expiry = seconds === undefined ? {} : { expiresInSeconds: seconds };
        return toFileResource(await files.keep(getActor(request), pending, expiry));
      } catch (error) {
        await files.discard(pending);
        throw error;
      }
    },
  );

  app.get(
    '/v1/files',
    {
      config: { action: 'file.read' },
      schema: {
        operationId: 'listFiles',
        summary: 'List your files, newest first',
        tags,
        querystring: fileList,
        response: { 200: filePage },
      },
    },
    async (request) => {
      const { limit, page, ids, scope_id: sessionId } = request.query;
      const found = await files.list(getActor(request), {
        limit: limit ?? (ids === undefined ? DEFAULT_LIMIT : MAX_IDS),
        ...(page !== undefined && { cursor: page }),
        ...(ids !== undefined && { ids }),
        ...(sessionId !== undefined && { sessionId }),
      });
      return { data: found.files.map(toFileResource), next_page: found.nextCursor };
    },
  );

  app.get(
    '/v1/files/:file_id',
    {
      config: { action: 'file.read' },
      schema: {
        operationId: 'getFile',
        summary: 'Get the metadata of a file',
        tags,
        params,
        response: { 200: fileResource },
      },
    },
    async (request) => toFileResource(await files.get(getActor(request), request.params.file_id)),
  );

  app.get(
    '/v1/files/:file_id/content',
    {
      config: { action: 'file.read' },
      schema: {
        operationId: 'downloadFile',
        summary: 'Download the content of a file',
        tags,
        params,
        response: { 200: fileContent },
      },
    },
    async (request, reply) => {
      const { file, content } = await files.open(getActor(request), request.params.file_id);
      return (
        reply
          .type(file.mimeType)
          .header('content-length', file.sizeBytes)
          // Never a page of ours: what people upload must not run here.
          .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(file.filename)}`)
          .send(content)
      );
    },
  );

  const deleted = z.object({ id: z.string(), type: z.literal('file_deleted') });
  app.delete(
    '/v1/files/:file_id',
    {
      config: { action: 'file.delete' },
      schema: { operationId: 'deleteFile', summary: 'Delete a file', tags, params, response: { 200: deleted } },
    },
    async (request) => {
      const { file_id: fileId } = request.params;
      await files.delete(getActor(request), fileId);
      return { id: fileId, type: 'file_deleted' as const };
    },
  );
};

/** Reads a form with one file. Its fields may come before or after the file. */
async function receive(
  request: FastifyRequest,
  files: FileService,
): Promise<{ pending: PendingUpload; fields: Record<string, unknown> }> {
  if (!request.isMultipart())
    throw new CspError('invalid_request', 'Send multipart/form-data with the file in the part "file"');
  let pending: PendingUpload | undefined;
  const fields: Record<string, unknown> = {};
  try {
    for await (const part of request.parts()) {
      if (part.type === 'field') fields[part.fieldname] = part.value;
      else if (part.fieldname === 'file') pending = await files.receive({ filename: part.filename, source: part.file });
      else
        throw new CspError('invalid_request', 'The form may have one file only, in the part "file"', {
          details: { field: 'file' },
        });
    }
  } catch (error) {
    if (pending) await files.discard(pending);
    // The rest of the body is read and dropped; otherwise it would be read as the next request of this connection.
    request.raw.unpipe();
    request.raw.resume();
    throw error;
  }
  if (pending) return { pending, fields };
  throw new CspError('invalid_request', 'The form has no part "file"', { details: { field: 'file' } });
}

function toFileResource(file: StoredFile): FileResource {
  return {
    type: 'file',
    id: file.id,
    filename: file.filename,
    mime_type: file.mimeType,
    size_bytes: file.sizeBytes,
    created_at: file.createdAt,
    downloadable: true,
    expires_at: file.expiresAt,
    scope: file.sessionId === null ? null : { type: 'session', id: file.sessionId },
  };
}
