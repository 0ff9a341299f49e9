import type { PluginFileReviewResource, PluginReviewResource } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import { PART_KINDS } from '../../plugins/plugin-set.ts';
import { REVIEWED, type PluginReviews } from '../../plugins/review/plugin-reviews.ts';
import { answer } from '../entrance/zod-schemas.ts';
import { TAGS } from '../openapi/information.ts';
import { problem } from './plugin-resource.ts';

export interface PluginReviewRoutesOptions {
  pluginReviews: PluginReviews;
}

const tags = [TAGS.plugins];
const params = z.object({ name: z.string().min(1).max(64) });
const version = z
  .enum(REVIEWED)
  .optional()
  .describe(
    'The version that waits for a grant (`pending`), the one that a roll back goes to (`previous`), or all that the one that is there brings (`current`). By default the one that waits, else the one that is there.',
  );
const change = z.enum(['added', 'removed', 'changed']);
const count = z.int().min(0);
const bytes = z.int().nullable();
const release = z.object({ version: z.string().nullable(), digest: z.string() });
const value = {
  field: z.string().describe('Such as `command`, `env.REGION`, `matcher Bash` or `option units`.'),
  before: z.string().nullable().describe('Null where there is none. A long value is cut, and says so.'),
  after: z.string().nullable(),
};
const diff = z
  .object({
    hunks: z.array(z.object({ old_start: z.int(), new_start: z.int(), lines: z.array(z.string()) })),
    added: count.describe('Lines in all.'),
    removed: count,
    left_off: count.describe('Lines that are not in `hunks`, because there are too many.'),
  })
  .meta({
    id: 'PluginTextDiff',
    description:
      'A unified difference. Lines are as they stand in the file: mark characters that nobody sees before you show them.',
  });
const partChange = z.object({
  kind: z.enum(PART_KINDS),
  name: z.string(),
  change,
  needs_grant: z
    .boolean()
    .describe(
      'Whether somebody has to agree to it: to a hook by a grant of its own, to anything else by activating the version.',
    ),
  reasons: z.array(z.enum(['added', 'definition', 'files', 'defaults', 'text'])).describe('What was changed.'),
  definition: z.array(z.object(value)).describe('How it is called, with what was not changed.'),
  file: z.string().nullable().describe('Its own text, in the content.'),
  text: diff.nullable(),
});
const fileChange = z.object({
  path: z.string(),
  change,
  ...{ before_bytes: bytes, after_bytes: bytes, is_binary: z.boolean() },
  executable: z.enum(['yes', 'no', 'added', 'removed']),
});

const review = answer<PluginReviewResource>(
  z
    .object({
      type: z.literal('plugin_review'),
      name: z.string(),
      of: z.enum(['upgrade', 'roll_back', 'install']),
      before: release.nullable(),
      after: release,
      grants: z.array(
        z.object({
          kind: z.enum(['hooks', 'hosts', 'secrets', 'permissions']),
          value: z.string(),
          change: z.enum(['added', 'removed', 'changed', 'unchanged']),
          granted: z.boolean().describe('To the version before.'),
        }),
      ),
      parts: z.array(partChange).describe('Those that need a grant first. What is the same in both is left out.'),
      settings: z.array(z.object({ ...value, needs_grant: z.boolean() })),
      files: z
        .object({
          ...{ added: count, removed: count, changed: count, unchanged: count },
          data: z.array(fileChange),
          left_off: count.describe('Changed files that are not in `data`.'),
        })
        .nullable()
        .describe(
          'Null where this server lacks the content of a version. All 0 where there is none, as of a bare MCP server.',
        ),
      problems: z.array(problem),
      left_off: count.describe('Grants, parts, settings and problems that are not listed.'),
    })
    .meta({ id: 'PluginReview', description: 'What a version of a plugin brings, changes and takes away.' }),
);

const fileReview = answer<PluginFileReviewResource>(
  z
    .object({
      type: z.literal('plugin_file_review'),
      path: z.string(),
      ...{ before_bytes: bytes, after_bytes: bytes, diff: diff.nullable() },
      why_not: z.enum(['binary', 'too_large']).nullable().describe('Why there is no `diff`.'),
    })
    .meta({ id: 'PluginFileReview', description: 'How one file of a plugin was changed.' }),
);

/** What administrators look at before they grant: `/api/v1/plugins/NAME/review` */
export const pluginReviewRoutes: FastifyPluginAsyncZod<PluginReviewRoutesOptions> = async (app, { pluginReviews }) => {
  app.get(
    '/api/v1/plugins/:name/review',
    {
      config: { action: 'plugin.review' },
      schema: {
        operationId: 'reviewPlugin',
        summary: 'Compare a version of a plugin with the one before; for administrators',
        tags,
        params,
        querystring: z.object({ version }),
        response: { 200: review },
      },
    },
    async (request) => pluginReviews.review(request.params.name, request.query.version),
  );

  app.get(
    '/api/v1/plugins/:name/review/file',
    {
      config: { action: 'plugin.review' },
      schema: {
        operationId: 'reviewPluginFile',
        summary: 'Compare one file of two versions of a plugin; for administrators',
        tags,
        params,
        querystring: z.object({ version, path: z.string().min(1).max(2048) }),
        response: { 200: fileReview },
      },
    },
    async (request) => pluginReviews.reviewFile(request.params.name, request.query.path, request.query.version),
  );
};
