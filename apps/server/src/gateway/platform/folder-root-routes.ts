import type { FolderLeaseResource, FolderRootListing, FolderRootResource } from '@claude-sdk-pattern/protocol';
import { FOLDER_MODES } from '@claude-sdk-pattern/protocol/v1';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import { ROLES } from '../../identity/actor.ts';
import type { FolderGrants } from '../../local-folders/folder-grants.ts';
import type { SessionService } from '../../sessions/session-service.ts';
import { getActor } from '../entrance/admission.ts';
import { answer, id, nothing, pageOf } from '../entrance/zod-schemas.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';

export interface FolderRootRoutesOptions {
  folderGrants: FolderGrants;
  sessions: Pick<SessionService, 'resources'>;
}

const tags = [TAGS.operations];
const params = z.object({ id: id.describe('The granted folder.') });
const label = z.string().trim().min(1).max(100).describe('What people call it.');
const roles = z
  .array(z.enum(ROLES))
  .min(1)
  .max(ROLES.length)
  .describe('Sessions of people with exactly these roles may use it.');
const modes = z
  .array(z.enum(FOLDER_MODES))
  .min(1)
  .max(FOLDER_MODES.length)
  .describe(
    '`copy`: a copy of it; `worktree`: a commit of a repository; `direct`: the folder itself, one session at a time.',
  );
const path = z.string().min(1).max(4000).regex(/^\//, 'is no absolute path');

const root = answer<FolderRootResource>(
  z
    .object({
      type: z.literal('folder_root'),
      id: z.string(),
      path: z.string().describe('Absolute, without links.'),
      ...{ label: z.string(), roles: z.array(z.enum(ROLES)), modes: z.array(z.enum(FOLDER_MODES)) },
      problem: z.string().nullable().describe('Why the server that answers cannot use it; null where it can.'),
      ...{ created_at: z.iso.datetime(), updated_at: z.iso.datetime() },
    })
    .meta({ id: 'FolderRoot', description: 'A folder of the server below which sessions may work.' }),
);

const listing = answer<FolderRootListing>(
  z
    .object({
      type: z.literal('folder_root_listing'),
      path: z.string().describe('Absolute, without links.'),
      is_repository: z.boolean().describe('Whether the mode `worktree` fits.'),
      folders: z.array(z.object({ name: z.string(), is_repository: z.boolean() })),
      truncated: z.boolean().describe('There are more than are listed.'),
    })
    .meta({ id: 'FolderRootListing', description: 'The folders in a granted folder; hidden ones are left out.' }),
);

const lease = answer<FolderLeaseResource>(
  z
    .object({
      type: z.literal('folder_lease'),
      id: z.string().describe('Of the resource of the session.'),
      path: z.string(),
      session_id: z.string(),
      session_title: z.string().nullable().describe('Of your own sessions.'),
      owner: z.object({ id: z.string(), name: z.string().nullable() }),
      taken_at: z.iso.datetime(),
    })
    .meta({ id: 'FolderLease', description: 'A session works in a folder of the server itself; no other one may.' }),
);

/** Folders of the machine: administrators grant them, everybody sees those that they may use. */
export const folderRootRoutes: FastifyPluginAsyncZod<FolderRootRoutesOptions> = async (
  app,
  { folderGrants, sessions },
) => {
  app.get(
    '/api/v1/folder-roots',
    {
      config: { action: 'folder_root.read' },
      schema: {
        operationId: 'listFolderRoots',
        summary: 'List the folders of the server that your sessions may use; all of them for administrators',
        tags,
        response: { 200: pageOf(root) },
      },
    },
    async (request) => ({ data: await folderGrants.list(getActor(request)), next_page: null }),
  );

  app.post(
    '/api/v1/folder-roots',
    {
      config: { action: 'folder_root.change' },
      schema: {
        operationId: 'createFolderRoot',
        summary: 'Grant a folder of the server to sessions of some roles; for administrators',
        description: 'Links in its path are followed. Refused for folders of the system and of the server itself.',
        tags,
        body: z.strictObject({ path, label, roles, modes }).meta({ id: 'FolderRootParams' }),
        response: { 201: root, ...failsWith(409) },
      },
    },
    async (request, reply) => reply.code(201).send(await folderGrants.create(getActor(request), request.body)),
  );

  app.patch(
    '/api/v1/folder-roots/:id',
    {
      config: { action: 'folder_root.change' },
      schema: {
        operationId: 'changeFolderRoot',
        summary: 'Change the name, the roles or the modes of a granted folder; for administrators',
        description: 'Sessions keep what they have until their next process starts.',
        tags,
        params,
        body: z
          .strictObject({ label: label.optional(), roles: roles.optional(), modes: modes.optional() })
          .meta({ id: 'FolderRootChange' }),
        response: { 200: root },
      },
    },
    (request) => {
      const { label: name, roles: whose, modes: how } = request.body;
      return folderGrants.change(getActor(request), request.params.id, {
        ...(name !== undefined && { label: name }),
        ...(whose !== undefined && { roles: whose }),
        ...(how !== undefined && { modes: how }),
      });
    },
  );

  app.delete(
    '/api/v1/folder-roots/:id',
    {
      config: { action: 'folder_root.change' },
      schema: {
        operationId: 'deleteFolderRoot',
        summary: 'Grant a folder no more; for administrators',
        description: 'Copies stay. A session that works in the folder itself has it until its next process starts.',
        tags,
        params,
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      await folderGrants.delete(getActor(request), request.params.id);
      return reply.code(204).send(undefined);
    },
  );

  app.get(
    '/api/v1/folder-roots/:id/folders',
    {
      config: { action: 'folder_root.read' },
      schema: {
        operationId: 'listFoldersOfRoot',
        summary: 'List the folders in a granted folder, or in one below it',
        tags,
        params,
        querystring: z.object({
          path: z.string().max(4000).default('').describe('From the granted folder, with `/`; empty for itself.'),
        }),
        response: { 200: listing },
      },
    },
    (request) => folderGrants.browse(getActor(request), request.params.id, request.query.path),
  );

  app.get(
    '/api/v1/folder-leases',
    {
      config: { action: 'folder_lease.read' },
      schema: {
        operationId: 'listFolderLeases',
        summary: 'List the folders in which your sessions work themselves; those of all sessions for administrators',
        tags,
        response: { 200: pageOf(lease) },
      },
    },
    async (request) => ({ data: await sessions.resources.listHeld(getActor(request)), next_page: null }),
  );

  app.delete(
    '/api/v1/folder-leases/:id',
    {
      config: { action: 'folder_lease.release' },
      schema: {
        operationId: 'releaseFolderLease',
        summary: 'Take such a folder from its session, so that another one may work in it',
        description: 'Its files stay as they are. 409 while the agent works in it.',
        tags,
        params: z.object({ id: id.describe('The resource of the session.') }),
        response: { 204: nothing, ...failsWith(409) },
      },
    },
    async (request, reply) => {
      await sessions.resources.release(getActor(request), request.params.id);
      return reply.code(204).send(undefined);
    },
  );
};
