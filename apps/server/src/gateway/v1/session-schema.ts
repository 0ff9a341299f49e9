import { budgetLimit, permissionMode, type SessionEvent, type SessionResource } from '@claude-sdk-pattern/protocol';
import { FOLDER_MODES, type SessionResourceItem } from '@claude-sdk-pattern/protocol/v1';
import { z } from 'zod';

import { agentFields } from './agent-schema.ts';
import { answer, id } from '../entrance/zod-schemas.ts';

export const sessionParams = z.object({ session_id: id });

export const sessionStatus = z.enum(['idle', 'running', 'rescheduling', 'terminated']);

const mountState = {
  id: z.string(),
  mount_path: z.string().describe('`/workspace/…`: `/workspace` is the folder of the session.'),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  state: z.enum(['pending', 'ready', 'failed']).describe('Ours: whether it is in the workspace.'),
  problem: z.string().nullable().describe('Ours: why it is not, and what to do.'),
};

/** What is mounted into the workspace of a session. */
export const mountedResource = answer<SessionResourceItem>(
  z
    .discriminatedUnion('type', [
      z.object({ ...mountState, type: z.literal('file'), file_id: z.string() }),
      z.object({
        ...{ ...mountState, type: z.enum(['github_repository', 'git_repository']), url: z.string() },
        checkout: z.object({ type: z.string(), name: z.string().optional(), sha: z.string().optional() }).nullable(),
        subfolder: z.string().nullable(),
        secret: z.string().nullable().describe('Ours: the name of a secret of the owner.'),
        submodules: z
          .array(
            z.object({
              path: z.string(),
              url: z.string().nullable(),
              commit: z.string().nullable(),
              problem: z.string().nullable().describe('Why it is not there; null where it is.'),
            }),
          )
          .nullish()
          .describe('Ours: each submodule, once it was opened; null where they were not asked for.'),
        commit: z.string().nullable().describe('Ours: what was checked out.'),
        branch: z.string().nullable(),
      }),
      z.object({
        ...{ ...mountState, type: z.literal('local_folder') },
        path: z.string().describe('Ours: on the server, absolute, without links.'),
        mode: z.enum(FOLDER_MODES),
        checkout: z.object({ type: z.string(), name: z.string().optional(), sha: z.string().optional() }).nullable(),
        commit: z.string().nullable(),
        branch: z.string().nullable(),
      }),
    ])
    .meta({
      id: 'SessionResource',
      description: 'A repository, a folder of the server or a file in the workspace. No answer has a token.',
    }),
);

/** A session as clients see it. */
export const sessionResource = answer<SessionResource>(
  z
    .object({
      type: z.literal('session'),
      id: z.string(),
      title: z.string().nullable(),
      status: sessionStatus,
      stop_reason: z
        .object({ type: z.string(), event_ids: z.array(z.string()).optional() })
        .nullable()
        .describe('Why it is idle; null before the first turn and while it runs.'),
      model: z.string().describe('Its id, or `default` for the choice of the platform.'),
      permission_mode: permissionMode,
      agent: z
        .object(agentFields)
        .meta({ id: 'SessionAgent', description: 'The agent as this session has it, overrides included.' }),
      environment_id: z.string(),
      metadata: z.record(z.string(), z.string()),
      created_at: z.iso.datetime(),
      updated_at: z.iso.datetime(),
      archived_at: z.iso.datetime().nullable(),
      pinned_at: z.iso.datetime().nullable(),
      parent_session_id: z.string().nullable(),
      deployment_id: z.string().nullable().describe('What made it; null where a person or a program did.'),
      last_seq: z.number().int().describe('Of the newest event.'),
      process: z
        .enum(['none', 'queued', 'starting', 'live'])
        .describe('The state of the agent process of the session.'),
      cost_usd: z.number().describe('So far, in US dollars.'),
      shared: z
        .object({ level: z.enum(['view', 'drive', 'manage']), owner: z.object({ id: z.string(), name: z.string() }) })
        .optional()
        .describe('Only in sessions of others: whose it is, and what you may do with it.'),
      share_count: z
        .number()
        .int()
        .optional()
        .describe('Only in lists of your own sessions: with how many people it is shared.'),
      budget: budgetLimit.nullable(),
      outcome_evaluations: z.array(z.unknown()).max(0),
      resources: z.array(mountedResource).describe('What is mounted into its workspace.'),
      vault_ids: z.array(z.string()),
      stats: z.object({ active_seconds: z.number() }),
      usage: z.object({
        input_tokens: z.number(),
        output_tokens: z.number(),
        cache_read_input_tokens: z.number(),
        active_seconds: z.number(),
        list_cost: z
          .object({ amount: z.string(), currency: z.literal('USD') })
          .describe('`cost_usd` as the Managed Agents API writes it: in whole cents.'),
      }),
    })
    .meta({ id: 'Session', description: 'One conversation.' }),
);

export const sessionEvent = answer<SessionEvent>(
  z.looseObject({ id: z.string(), type: z.string() }).meta({
    id: 'Event',
    description:
      'What happened in a session. The other fields depend on `type`: `docs/reference/events.md` of the source lists them.',
  }),
);

export const listedEvent = answer<SessionEvent & { seq: number }>(
  z
    .looseObject({
      id: z.string(),
      type: z.string(),
      seq: z.number().int().describe('Its place in the session: 1, 2, 3 and so on.'),
    })
    .meta({ id: 'ListedEvent', description: 'An event with its place in the session.' }),
);
