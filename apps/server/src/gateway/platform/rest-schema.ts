import type { Bootstrap, ProcessList } from '@claude-sdk-pattern/protocol';
import { MCP_APP_MODES, permissionMode } from '@claude-sdk-pattern/protocol';
import { z } from 'zod';

import { answer } from '../entrance/zod-schemas.ts';

/** GET /api/v1/bootstrap */
export const bootstrapResource = answer<Bootstrap>(
  z
    .object({
      user: z.object({
        id: z.string(),
        name: z.string(),
        email: z.string(),
        role: z.enum(['admin', 'operator', 'user']),
      }),
      may: z
        .array(z.string())
        .describe(
          'What you may do with what is everybody’s, such as `overview.read`: the actions of the table of roles.',
        ),
      demo: z.boolean().describe('True while the scripted model answers, because no upstream is configured.'),
      version: z.string(),
      unconfined: z
        .string()
        .nullable()
        .describe('For operators and administrators: why agents have all rights of the server’s user; else null.'),
      password_sign_in: z.boolean().describe('Whether the server takes passwords.'),
      time_zone: z.string().describe('Of the operator: in it the platform counts hours, days and months.'),
      models: z.array(z.object({ id: z.string(), label: z.string() })).describe('The first is the default.'),
      model_keys: z
        .array(
          z.object({
            secret: z.string().describe('The name of the secret.'),
            upstreams: z.array(z.string()).describe('The upstreams of the model API that are called with it.'),
          }),
        )
        .describe(
          'The secrets that you can set to pay model calls with a key of your own; empty where there is no such way.',
        ),
      permission_modes: z.array(permissionMode),
      mcp_apps: z.enum(MCP_APP_MODES).describe('Whether apps of MCP servers are shown, and what they reach.'),
      limits: z
        .object({
          max_frame_bytes: z.number().int().describe('A WebSocket frame, and so a text that is typed.'),
          max_message_bytes: z
            .number()
            .int()
            .describe('The content of a message: images and PDFs as base64, a file for each block that names it.'),
          max_file_bytes: z.number().int().describe('A file that is uploaded.'),
        })
        .describe('What is larger is refused.'),
    })
    .meta({ id: 'Bootstrap', description: 'Who you are, and what is on offer.' }),
);

const bytes = z.number().int().min(0);
const sample = z
  .object({
    at: z.iso.datetime(),
    rss_bytes: bytes,
    pss_bytes: bytes.nullable().describe('Counts shared pages once; measured more seldom, null until then.'),
    cpu_seconds: z.number(),
  })
  .meta({ id: 'ProcessSample', description: 'What a process tree used at one moment.' });

const process = z
  .object({
    type: z.literal('process'),
    session_id: z.string().nullable().describe('Null for a spare.'),
    title: z.string().nullable().describe('Only of your own sessions.'),
    owner: z.object({ id: z.string(), name: z.string().nullable() }).nullable(),
    agent: z.object({ id: z.string(), name: z.string().nullable() }).nullable().describe('Null for a spare.'),
    pid: z
      .number()
      .int()
      .nullable()
      .describe('Of its root; null until it was measured once, and where its host has none.'),
    state: z.enum(['starting', 'working', 'idle', 'spare']),
    start: z.enum(['warm', 'cold', 'resumed']).nullable(),
    age_seconds: z.number(),
    rss_bytes: bytes,
    pss_bytes: bytes.nullable(),
    cpu_seconds: z.number(),
    processes: z
      .array(z.object({ pid: z.number().int(), parent_pid: z.number().int(), name: z.string(), rss_bytes: bytes }))
      .describe('The tree, its root among them.'),
    samples: z.array(sample).describe('Oldest first; the newest is what the other fields say.'),
  })
  .meta({ id: 'Process', description: 'An agent process with all that it has started.' });

/** GET /api/v1/processes */
export const processList = answer<ProcessList>(
  z
    .object({
      data: z.array(process),
      next_page: z.null(),
      limits: z.object({ max_processes: z.number(), max_rss_bytes: bytes, max_duration_seconds: z.number() }),
      queue_length: z.number().int().describe('Sessions that wait for a process.'),
      node_id: z.string().describe('The server that answers: these are its processes.'),
      pool: z.object({
        ready: z.number().int(),
        starting: z.number().int(),
        wanted: z.number().int().describe('How many the pool wants to have ready now.'),
        kinds: z
          .number()
          .int()
          .describe(
            'For how many kinds of sessions: a spare serves only those with the same agent, options and plugins.',
          ),
        started: z.number().int().describe('Spares that became ready since the server started.'),
        claimed: z.number().int().describe('Spares that sessions took since the server started.'),
        failed: z.number().int().describe('Starts that failed since the server started.'),
        start_failures: z.number().int().describe('Starts that failed in a row; 0 when the last one succeeded.'),
        last_failure: z.string().nullable(),
      }),
    })
    .meta({ id: 'ProcessList', description: 'Every agent process, and the spares that are kept ready.' }),
);
