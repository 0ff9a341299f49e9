import multipart from '@fastify/multipart';
import { CspError } from '@claude-sdk-pattern/protocol';
import { paging, type SkillResource, type SkillVersionResource } from '@claude-sdk-pattern/protocol/v1';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import { zipFolder } from '../../plugins/skills/zip-folder.ts';
import type { ShownSkill, ShownVersion, SkillService } from '../../plugins/skills/skill-service.ts';
import { MAX_SKILL_FILES, type ReadySkill } from '../../plugins/skills/skill-upload.ts';
import { getAccess, getActor } from '../entrance/admission.ts';
import { parseBody } from '../entrance/parse-body.ts';
import { answer, id, pageOf, validateNothing } from '../entrance/zod-schemas.ts';
import { TAGS } from '../openapi/information.ts';

const tags = [TAGS.skills];
const params = z.object({ skill_id: id });
const versionParams = params.extend({ version: id.describe('The id of a version, or `latest`.') });
const skillResource = answer<SkillResource>(
  z
    .object({
      type: z.literal('skill'),
      id: z.string(),
      display_name: z.string(),
      latest_version_id: z.string(),
      source: z.object({ type: z.literal('custom') }),
      created_at: z.iso.datetime(),
      updated_at: z.iso.datetime(),
    })
    .meta({ id: 'Skill', description: 'A folder with a SKILL.md that an agent loads when a task needs it.' }),
);
const versionResource = answer<SkillVersionResource>(
  z
    .object({
      type: z.literal('skill_version'),
      id: z.string(),
      skill_id: z.string(),
      name: z.string().describe('What agents call it; the same in all versions.'),
      description: z.string(),
      created_at: z.iso.datetime(),
    })
    .meta({ id: 'SkillVersion', description: 'One version of a skill. It never changes.' }),
);
const skillList = z.strictObject({
  ...paging({ default: 20, max: 1000 }),
  source: z.enum(['custom', 'anthropic']).optional().describe('Only those of this source: `anthropic` has none here.'),
});
const versionList = z.strictObject(paging({ default: 20, max: 1000 }));
const files = z
  .array(z.unknown().meta({ type: 'string', format: 'binary' }))
  .describe(
    'As `files[]`: the files of the skill, each named with its top-level directory, which has a SKILL.md; or one .zip.',
  );
/** A form has no null; the official SDK says to send it as text. */
const label = z
  .string()
  .trim()
  .max(255)
  .regex(/^[^\p{Cc}\u2028\u2029]*$/u, { error: 'takes a single line' })
  .transform((text) => (text === '' || text === 'null' ? undefined : text))
  .optional();
const createFields = z.strictObject({ display_name: label });
const createForm = createFields.extend({ files });
const versionFields = z.strictObject({});
const versionForm = z.strictObject({ files });
const zip = {
  description: 'The files as a .zip.',
  content: { 'application/zip': { schema: z.unknown().meta({ type: 'string', format: 'binary' }) } },
};
const deletedSkill = z.object({ id: z.string(), type: z.literal('skill_deleted') });
const deletedVersion = z.object({ id: z.string(), type: z.literal('skill_version_deleted') });
const consumes = ['multipart/form-data'];

/**
 * `/v1/skills`
 *
 * Over 100 lines: a flat list of routes.
 */
export const skillRoutes: FastifyPluginAsyncZod<{ skills: SkillService }> = async (app, { skills }) => {
  // The upload counts bytes and files itself, with words of its own.
  const limits = { files: MAX_SKILL_FILES + 1, fields: 10, fileSize: Infinity, fieldSize: 2000 };
  await app.register(multipart, { limits, preservePath: true });

  app.post(
    '/v1/skills',
    {
      config: { action: 'skill.create' },
      validatorCompiler: validateNothing,
      schema: {
        ...{ operationId: 'createSkill', summary: 'Upload a skill: multipart, with `files[]`', tags, consumes },
        ...{ body: createForm, response: { 200: skillResource } },
      },
    },
    (request) =>
      withUpload(request, skills, async (ready, fields) => {
        const { display_name: name } = parseBody(createFields, fields);
        return toSkillResource(await skills.create(getActor(request), ready, name));
      }),
  );

  app.get(
    '/v1/skills',
    {
      config: { action: 'skill.read' },
      schema: {
        ...{ operationId: 'listSkills', summary: 'List your skills, last made first', tags },
        ...{ querystring: skillList, response: { 200: pageOf(skillResource) } },
      },
    },
    async (request) => {
      const { source, limit, page } = request.query;
      if (source === 'anthropic') return { data: [], next_page: null };
      const found = await skills.list(getActor(request), { limit, ...(page !== undefined && { cursor: page }) });
      return { data: found.skills.map(toSkillResource), next_page: found.nextCursor };
    },
  );

  app.get(
    '/v1/skills/:skill_id',
    {
      config: { action: 'skill.read' },
      schema: {
        ...{ operationId: 'getSkill', summary: 'Get a skill', tags, params },
        response: { 200: skillResource },
      },
    },
    async (request) => toSkillResource(await skills.get(getActor(request), request.params.skill_id)),
  );

  app.delete(
    '/v1/skills/:skill_id',
    {
      config: { action: 'skill.delete' },
      schema: {
        ...{ operationId: 'deleteSkill', summary: 'Delete a skill with all its versions', tags, params },
        response: { 200: deletedSkill },
      },
    },
    async (request) => {
      const { skill_id: skillId } = request.params;
      await skills.delete(getActor(request), skillId);
      return { id: skillId, type: 'skill_deleted' as const };
    },
  );

  app.post(
    '/v1/skills/:skill_id/versions',
    {
      config: { action: 'skill.update' },
      validatorCompiler: validateNothing,
      schema: {
        ...{ operationId: 'createSkillVersion', summary: 'Upload the next version of a skill', tags, consumes, params },
        ...{ body: versionForm, response: { 200: versionResource } },
      },
    },
    async (request) => {
      const { skill_id: skillId } = parseBody(params, request.params);
      // Before the upload is received.
      await skills.get(getActor(request), skillId);
      return withUpload(request, skills, async (ready, fields) => {
        parseBody(versionFields, fields);
        return toVersionResource(await skills.addVersion(getActor(request), skillId, ready));
      });
    },
  );

  app.get(
    '/v1/skills/:skill_id/versions',
    {
      config: { action: 'skill.read' },
      schema: {
        ...{ operationId: 'listSkillVersions', summary: 'List the versions of a skill, last made first', tags, params },
        ...{ querystring: versionList, response: { 200: pageOf(versionResource) } },
      },
    },
    async (request) => {
      const { limit, page } = request.query;
      const wanted = { limit, ...(page !== undefined && { cursor: page }) };
      const found = await skills.listVersions(getActor(request), request.params.skill_id, wanted);
      return { data: found.versions.map(toVersionResource), next_page: found.nextCursor };
    },
  );

  app.get(
    '/v1/skills/:skill_id/versions/:version',
    {
      config: { action: 'skill.read' },
      schema: {
        ...{ operationId: 'getSkillVersion', summary: 'Get a version of a skill', tags, params: versionParams },
        response: { 200: versionResource },
      },
    },
    async (request) => {
      const { skill_id: skillId, version } = request.params;
      return toVersionResource(await skills.getVersion(getActor(request), skillId, version));
    },
  );

  app.get(
    '/v1/skills/:skill_id/versions/:version/content',
    {
      config: { action: 'skill.read' },
      schema: {
        ...{ operationId: 'downloadSkillVersion', summary: 'Download a version of a skill as a .zip', tags },
        ...{ params: versionParams, response: { 200: zip } },
      },
    },
    async (request, reply) => {
      const { skill_id: skillId, version: wanted } = request.params;
      const { version, dir } = await skills.openVersion(getActor(request), skillId, wanted);
      return reply
        .type('application/zip')
        .header('content-disposition', `attachment; filename="${version.name}.zip"`)
        .send(await zipFolder(dir, version.name));
    },
  );

  app.delete(
    '/v1/skills/:skill_id/versions/:version',
    {
      config: { action: 'skill.update' },
      schema: {
        ...{ operationId: 'deleteSkillVersion', summary: 'Delete a version of a skill', tags, params: versionParams },
        response: { 200: deletedVersion },
      },
    },
    async (request) => {
      const { skill_id: skillId, version } = request.params;
      await skills.deleteVersion(getActor(request), skillId, version);
      return { id: version, type: 'skill_version_deleted' as const };
    },
  );
};

/** Receives the files of a form, uses the skill that they are, and removes what was not used. */
async function withUpload<T>(
  request: FastifyRequest,
  skills: SkillService,
  use: (ready: ReadySkill, fields: Record<string, unknown>) => Promise<T>,
): Promise<T> {
  if (!request.isMultipart())
    throw new CspError('invalid_request', 'Send multipart/form-data with the files of the skill in "files[]"');
  await using upload = await skills.receive();
  const fields: Record<string, unknown> = {};
  try {
    for await (const part of request.parts()) {
      if (part.type === 'field') fields[part.fieldname] = part.value;
      else if (part.fieldname === 'files' || part.fieldname === 'files[]') await upload.add(part.filename, part.file);
      else
        throw new CspError('invalid_request', 'The form may have files in "files[]" only', {
          details: { field: part.fieldname },
        });
    }
  } catch (error) {
    // The rest of the body is read and dropped; otherwise it would be read as the next request of this connection.
    request.raw.unpipe();
    request.raw.resume();
    throw error;
  }
  const ready = await upload.finish();
  // The upload may have taken longer than the credential was good.
  await getAccess(request).assertAllowed();
  return await use(ready, fields);
}

function toSkillResource({
  id: skillId,
  displayName,
  latestVersionId,
  createdAt,
  updatedAt,
}: ShownSkill): SkillResource {
  return {
    ...{ type: 'skill', id: skillId, display_name: displayName, latest_version_id: latestVersionId },
    ...{ source: { type: 'custom' }, created_at: createdAt, updated_at: updatedAt },
  };
}

function toVersionResource(version: ShownVersion): SkillVersionResource {
  const { id: versionId, skillId, name, description, createdAt } = version;
  return { type: 'skill_version', id: versionId, skill_id: skillId, name, description, created_at: createdAt };
}
