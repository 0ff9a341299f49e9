import {
  CspError,
  type BranchedReply,
  type RewindResult,
  type WorkspaceChanges,
  type WorkspaceStateList,
} from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { BranchSteps } from '../../turns/branch-conversation.ts';
import type { SessionService } from '../../sessions/session-service.ts';
import { getActor } from '../entrance/admission.ts';
import { answer, id } from '../entrance/zod-schemas.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';

export interface RewindRoutesOptions {
  sessions: Pick<SessionService, 'workspace' | 'branches'>;
}

const tags = [TAGS.sessions];
const params = z.object({ id: id.describe('The session.') });
const MAX_PATH_CHARS = 20_000;
const count = z.number().int().min(0);
const lines = count.nullable().describe('Lines; null where the file is not text, or too large to compare.');
const leftOut = z
  .object({ count, paths: z.array(z.string()).readonly().describe('The first ones.') })
  .describe('Files that are not recorded though git does not ignore them: too large, too many, or not to be read.');

const people = z.array(z.object({ id: z.string(), name: z.string() })).readonly();

const state = z
  .object({
    ordinal: z.number().int().min(1),
    turn: count.describe('The turn after which the files were so; 0 before the first one.'),
    reason: z
      .enum(['beginning', 'turn', 'before_rewind', 'rewind', 'before_edit', 'edit', 'terminal'])
      .describe('`edit` and `terminal`: what people did by hand, or in a terminal, since the state before.'),
    made_by: people.describe('Who did that; empty for other reasons, and where it is not known.'),
    changed_files: count.describe('Files that differ from the state before.'),
    left_out: leftOut,
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'WorkspaceState', description: 'A recorded state of the files of a session.' });

const change = z
  .object({
    path: z
      .string()
      .describe('From the workspace’s folder, with `/`. In quotes, with bytes in octal, where it is not UTF-8.'),
    status: z.enum(['added', 'modified', 'deleted']),
    added: lines,
    removed: lines,
    made_by: people
      .optional()
      .describe('Who changed it by hand or in a terminal after the state that comes back. In the preview of a rewind.'),
    diff: z
      .object({
        kind: z.enum(['text', 'binary', 'large']).describe('Why there is no text.'),
        text: z.string().nullable().describe('Unified, as git writes it.'),
        truncated: z.boolean().describe('True when `text` is only the first 512 KiB.'),
        size_before: count.nullable(),
        size_after: count.nullable().describe('Bytes, where there is no text.'),
      })
      .optional()
      .describe('With `path` alone.'),
  })
  .meta({ id: 'WorkspaceChange', description: 'How a file differs between two states.' });

const stateList = answer<WorkspaceStateList>(
  z.object({ data: z.array(state) }).meta({ id: 'WorkspaceStateList', description: 'Oldest first.' }),
);

const changes = answer<WorkspaceChanges>(
  z
    .object({
      from: state.nullable().describe('Null where nothing is recorded yet.'),
      to: state.nullable().describe('Null for the files as they are now.'),
      data: z.array(change),
      total: count.describe('How many files differ.'),
      added: count,
      removed: count.describe('Lines of all of them.'),
      left_out: leftOut,
    })
    .meta({
      id: 'WorkspaceChanges',
      description:
        'What differs between two states of a workspace, by path. A folder in which the session works itself (`direct`) is no part of it.',
    }),
);

const rewound = answer<RewindResult>(
  z
    .object({
      preview: z.boolean(),
      files: z
        .object({
          state: state.describe('That comes back.'),
          data: z.array(change).describe('The first 200.'),
          total: count,
          in_the_way: z
            .array(z.string())
            .describe('Files that are not recorded and have to be moved before. In a preview.'),
          event_id: id
            .nullable()
            .describe('The event by which it can be taken back; null in a preview, and where nothing changed.'),
        })
        .nullable()
        .describe('Null where files were not asked for.'),
      conversation: z
        .object({ head_seq: count, seq: count.nullable() })
        .nullable()
        .describe('From where the conversation goes on; null where that was not asked for, and in a preview.'),
    })
    .meta({ id: 'RewindResult', description: 'What was taken back, or would be.' }),
);

/** The number of a turn, a state by its ordinal, or the id of an event. */
const reference = z
  .union([z.coerce.number().int().min(0), z.string().regex(/^(state|before):\d{1,9}$/), id])
  .optional()
  .describe(
    'The number of a turn, after which the files were so, the id of an event, before which they were, `state:N` for the state with that ordinal, or `before:N` for the one before it.',
  );

/** What changed in the files of a session, and the way back. */
export const rewindRoutes: FastifyPluginAsyncZod<RewindRoutesOptions> = async (app, { sessions }) => {
  app.get(
    '/api/v1/sessions/:id/workspace/states',
    {
      config: { action: 'session.read' },
      schema: {
        operationId: 'listWorkspaceStates',
        summary: 'List the recorded states of the files of your session',
        tags,
        params,
        response: { 200: stateList, ...failsWith(409) },
      },
    },
    async (request) => ({ data: await sessions.workspace.listStates(getActor(request), request.params.id) }),
  );

  app.get(
    '/api/v1/sessions/:id/workspace/changes',
    {
      config: { action: 'session.read' },
      schema: {
        operationId: 'listWorkspaceChanges',
        summary: 'Compare two states of the files of your session: by default the first one and now',
        tags,
        params,
        querystring: z.object({
          from: reference,
          to: reference,
          path: z.string().min(1).max(MAX_PATH_CHARS).optional().describe('Only this file, with its difference.'),
          limit: z.coerce.number().int().min(1).max(5000).default(1000),
        }),
        response: { 200: changes, ...failsWith(409) },
      },
    },
    (request) => sessions.workspace.compare(getActor(request), request.params.id, request.query),
  );

  app.post(
    '/api/v1/sessions/:id/rewind',
    {
      config: { action: 'session.rewind' },
      schema: {
        operationId: 'rewindSession',
        summary: 'Take the files of your session back to before a message, or see what that would change',
        description:
          'The state before is recorded first. With the id of the event that the answer names, the same request takes it back: the files, the conversation, or both.',
        tags,
        params,
        body: z.object({
          event_id: id.describe('A `user.message`, or a `session.files_rewound` to take that back.'),
          files: z.boolean().default(true),
          conversation: z.boolean().default(false),
          preview: z.boolean().default(false).describe('Changes nothing.'),
        }),
        response: { 200: rewound, ...failsWith(409) },
      },
    },
    async (request) => {
      const { event_id: eventId, files, conversation, preview } = request.body;
      if (!files && !conversation) {
        throw new CspError('invalid_request', 'Say what to take back: set files or conversation to true');
      }
      const actor = getActor(request);
      const { id: sessionId } = request.params;
      // What stands in the way of the files is known before anything is done.
      const planned = files ? await sessions.workspace.rewindFiles(actor, sessionId, { eventId, preview: true }) : null;
      if (preview) return { preview, files: planned, conversation: null };
      const [blocker] = planned?.in_the_way ?? [];
      if (conversation && blocker !== undefined) {
        throw new CspError(
          'state_conflict',
          `Nothing was taken back: ${blocker} is not recorded, and would be overwritten`,
        );
      }
      if (!files) {
        return { preview, files: null, conversation: await sessions.branches.rewind(actor, sessionId, { eventId }) };
      }
      let branched: BranchedReply | null = null;
      const branch = async (steps: BranchSteps) => {
        branched = await sessions.branches.rewind(actor, sessionId, { eventId, steps });
      };
      const rewoundFiles = await sessions.workspace.rewindFiles(actor, sessionId, {
        ...{ eventId, preview },
        ...(conversation && { branch }),
      });
      return { preview, files: rewoundFiles, conversation: branched };
    },
  );
};
