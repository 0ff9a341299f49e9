import multipart from '@fastify/multipart';
import { CspError } from '@claude-sdk-pattern/protocol';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { JsonObject } from '../../audit/canonical-json.ts';
import type { PluginEndpoints } from '../../endpoints/plugin-endpoints.ts';
import type { Actor } from '../../identity/actor.ts';
import { pluginSource } from '../../plugins/plugin-source.ts';
import type { PluginHealth } from '../../processes/plugin-health.ts';
import { serverChange } from '../../plugins/registry/change-server.ts';
import type { PluginView } from '../../plugins/registry/to-view.ts';
import type { PluginBook } from '../../plugins/registry/plugin-book.ts';
import type { ReceivedArchive } from '../../plugins/sources/receive-archive.ts';
import type { Incoming } from '../../plugins/sources/take-in.ts';
import { getAccess, getActor } from '../entrance/admission.ts';
import { parseBody } from '../entrance/parse-body.ts';
import { nothing, validateNothing } from '../entrance/zod-schemas.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';
import { grantsBody, pluginResource, toPluginResource } from './plugin-resource.ts';

export interface PluginRoutesOptions {
  plugins: Pick<
    PluginBook,
    | 'list'
    | 'get'
    | 'receive'
    | 'install'
    | 'activate'
    | 'deactivate'
    | 'upgrade'
    | 'changeServer'
    | 'rollBack'
    | 'configure'
    | 'remove'
    | 'maxArchiveBytes'
  >;
  /** Why nothing confines processes; null where something does. */
  unconfined: string | null;
  /** Why the endpoints of a plugin fail. */
  endpoints: Pick<PluginEndpoints, 'findFailure'>;
  pluginHealth: PluginHealth;
}

const tags = [TAGS.plugins];
const params = z.object({ name: z.string().min(1).max(64) });
const installBody = z.strictObject({ source: pluginSource });
const upgradeBody = installBody.partial().nullish();
const activateBody = z
  .strictObject({
    digest: z
      .string()
      .optional()
      .describe('Of the version that was looked at: refused with 409 where another one would serve by now.'),
    revision: z
      .int()
      .optional()
      .describe(
        'Of the plugin as it was looked at: refused with 409 where anything of it has changed, such as its configuration.',
      ),
    grants: grantsBody.optional().describe('Absent: what was granted before, or nothing.'),
    trusted: z.boolean().optional().describe('Whether it may run in the server’s own process.'),
  })
  .nullish();
const archiveFields = z.strictObject({ plugin: z.string().min(1).max(200).optional() });
const configuration = z.record(z.string(), z.unknown());
const response = { 200: pluginResource, ...failsWith(409) };

/**
 * `/api/v1/plugins`
 *
 * Over 100 lines: a flat list of routes.
 */
export const pluginRoutes: FastifyPluginAsyncZod<PluginRoutesOptions> = async (app, options) => {
  const { plugins, endpoints, pluginHealth, unconfined } = options;
  const toResource = (view: PluginView, actor: Actor) =>
    toPluginResource(view, {
      ...{ actor, failure: endpoints.findFailure(view.name) },
      ...{ confines: unconfined === null, health: pluginHealth },
    });
  // One byte more than allowed, so that the registry sees that it is too much.
  const limits = { files: 1, fields: 5, fileSize: plugins.maxArchiveBytes + 1, fieldSize: 1000 };
  await app.register(multipart, { limits });

  app.get(
    '/api/v1/plugins',
    {
      config: { action: 'plugin.read' },
      schema: {
        operationId: 'listPlugins',
        summary: 'List the plugins, and those that could be taken in',
        tags,
        response: { 200: z.object({ data: z.array(pluginResource), next_page: z.null() }) },
      },
    },
    async (request) => ({
      data: plugins.list().map((view) => toResource(view, getActor(request))),
      next_page: null,
    }),
  );

  app.get(
    '/api/v1/plugins/:name',
    {
      config: { action: 'plugin.read' },
      schema: { operationId: 'getPlugin', summary: 'Get a plugin', tags, params, response: { 200: pluginResource } },
    },
    async (request) => toResource(plugins.get(request.params.name), getActor(request)),
  );

  app.post(
    '/api/v1/plugins',
    {
      config: { action: 'plugin.change' },
      validatorCompiler: validateNothing,
      schema: {
        operationId: 'installPlugin',
        summary: 'Take a plugin in, from a source or as an archive in the multipart part `file`; for administrators',
        tags,
        consumes: ['application/json', 'multipart/form-data'],
        body: installBody,
        response: { 201: pluginResource, ...failsWith(409) },
      },
    },
    async (request, reply) => {
      const take = (incoming: Incoming) => plugins.install(getActor(request), incoming);
      const view = request.isMultipart()
        ? await withArchive(request, plugins, take)
        : await take(parseBody(installBody, request.body).source);
      return reply.status(201).send(toResource(view, getActor(request)));
    },
  );

  app.post(
    '/api/v1/plugins/:name/activate',
    {
      config: { action: 'plugin.change' },
      schema: {
        operationId: 'activatePlugin',
        summary:
          'Let a plugin, or its version that waits, serve new sessions, with what you grant it; for administrators',
        tags,
        params,
        body: activateBody,
        response,
      },
    },
    async (request) => {
      const { grants, ...looked } = request.body ?? {};
      const given = grants && (JSON.parse(JSON.stringify(grants)) as Record<string, string[]>);
      return toResource(
        await plugins.activate(getActor(request), request.params.name, { grants: given, ...looked }),
        getActor(request),
      );
    },
  );

  app.post(
    '/api/v1/plugins/:name/deactivate',
    {
      config: { action: 'plugin.change' },
      schema: {
        operationId: 'deactivatePlugin',
        summary: 'Switch a plugin off for new sessions; for administrators',
        tags,
        params,
        response,
      },
    },
    async (request) => toResource(await plugins.deactivate(getActor(request), request.params.name), getActor(request)),
  );

  app.post(
    '/api/v1/plugins/:name/upgrade',
    {
      config: { action: 'plugin.change' },
      validatorCompiler: validateNothing,
      schema: {
        operationId: 'upgradePlugin',
        summary: 'Take in the next version of a plugin, from where it came or from what you send; for administrators',
        tags,
        params,
        consumes: ['application/json', 'multipart/form-data'],
        body: upgradeBody,
        response,
      },
    },
    async (request) => {
      const { name } = parseBody(params, request.params);
      const take = (incoming?: Incoming) => plugins.upgrade(getActor(request), name, incoming);
      const view = request.isMultipart()
        ? await withArchive(request, plugins, take)
        : await take(parseBody(upgradeBody, request.body)?.source);
      return toResource(view, getActor(request));
    },
  );

  app.put(
    '/api/v1/plugins/:name/server',
    {
      config: { action: 'plugin.change' },
      schema: {
        operationId: 'changePluginServer',
        summary: 'Change an MCP server that was added by itself, by the rules of an upgrade; for administrators',
        tags,
        params,
        body: serverChange,
        response,
      },
    },
    async (request) =>
      toResource(await plugins.changeServer(getActor(request), request.params.name, request.body), getActor(request)),
  );

  app.post(
    '/api/v1/plugins/:name/roll-back',
    {
      config: { action: 'plugin.change' },
      schema: {
        operationId: 'rollBackPlugin',
        summary: 'Go back to the version before; for administrators',
        tags,
        params,
        response,
      },
    },
    async (request) => toResource(await plugins.rollBack(getActor(request), request.params.name), getActor(request)),
  );

  app.put(
    '/api/v1/plugins/:name/configuration',
    {
      config: { action: 'plugin.configure' },
      schema: {
        operationId: 'configurePlugin',
        summary: 'Replace the configuration of a plugin; for operators',
        tags,
        params,
        body: configuration,
        response,
      },
    },
    async (request) => {
      const { body, params: of } = request;
      return toResource(await plugins.configure(getActor(request), of.name, body as JsonObject), getActor(request));
    },
  );

  app.delete(
    '/api/v1/plugins/:name',
    {
      config: { action: 'plugin.change' },
      schema: {
        operationId: 'removePlugin',
        summary: 'Remove a plugin; for administrators',
        tags,
        params,
        response: { 204: nothing, ...failsWith(409) },
      },
    },
    async (request, reply) => {
      await plugins.remove(getActor(request), request.params.name);
      return reply.status(204).send();
    },
  );
};

/** Receives the archive of a form, uses it, and removes it. */
async function withArchive<T>(
  request: FastifyRequest,
  plugins: PluginRoutesOptions['plugins'],
  use: (incoming: Incoming) => Promise<T>,
): Promise<T> {
  await using received = new AsyncDisposableStack();
  let archive: ReceivedArchive | undefined;
  const fields: Record<string, unknown> = {};
  try {
    for await (const part of request.parts()) {
      if (part.type === 'field') fields[part.fieldname] = part.value;
      else if (part.fieldname === 'file') archive = received.use(await plugins.receive(part.file, part.filename));
      else throw toNoFile();
    }
  } catch (error) {
    // The rest of the body is read and dropped; otherwise it would be read as the next request of this connection.
    request.raw.unpipe();
    request.raw.resume();
    throw error;
  }
  if (archive === undefined) throw toNoFile();
  const { plugin } = parseBody(archiveFields, fields);
  // The upload may have taken longer than the credential was good.
  await getAccess(request).assertAllowed();
  return await use({ ...archive.incoming, plugin });
}

function toNoFile(): CspError {
  return new CspError('invalid_request', 'The form takes one archive, in the part "file"', {
    details: { field: 'file' },
  });
}
