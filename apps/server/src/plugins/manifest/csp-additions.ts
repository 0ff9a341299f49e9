import { z } from 'zod';

import { PLUGIN_HOOK_EVENTS } from '../../hooks/hook-events.ts';
import { pathInPlugin } from './path-in-plugin.ts';

const MAX_ITEMS = 200;
const MAX_HOOK_TIMEOUT_MS = 60 * 1000;
const MAX_TIMEOUT_MS = 10 * 60 * 1000;

const name = z.string().min(1).max(200).describe('Free: names are made to fit the model, and people see this one.');
const host = z
  .string()
  .regex(
    /^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:\d{1,5})?$/,
    'takes a host in lower case, such as api.example.com, *.example.com or db.example.com:5432',
  );
const secret = z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/, 'takes letters, digits, _ and -, 64 at most');
const module = pathInPlugin(['.ts', '.mts', '.js', '.mjs']);

const limits = z.strictObject({
  memory_mb: z.number().int().min(32).max(65_536).optional(),
  timeout_ms: z.number().int().min(100).max(MAX_TIMEOUT_MS).optional().describe('Of one call.'),
  concurrency: z.number().int().min(1).max(1000).optional().describe('Calls at the same time.'),
});

/** What a manifest says to this platform, in its field `csp`. Unknown fields are refused: each one here has a meaning. */
export const cspAdditions = z
  .strictObject({
    tools: z
      .strictObject({ module, names: z.array(name).min(1).max(MAX_ITEMS) })
      .optional()
      .describe(
        'Tools in TypeScript: the module that defines them, and their names. Others that it defines are not offered.',
      ),
    endpoints: z
      .strictObject({ module })
      .optional()
      .describe('HTTP routes under `/plugins/NAME/`: the module that defines them.'),
    hooks: z
      .strictObject({
        module,
        events: z
          .array(z.enum(PLUGIN_HOOK_EVENTS))
          .min(1)
          .describe('Events that it has hooks for. Each has to be granted; others that it defines are not asked.'),
        on_failure: z
          .enum(['skip', 'deny'])
          .optional()
          .describe(
            'What a hook that fails or is too slow means: nothing (`skip`, the default), or a denial. People are told.',
          ),
        timeout_ms: z
          .number()
          .int()
          .min(100)
          .max(MAX_HOOK_TIMEOUT_MS)
          .optional()
          .describe('Of one event; 10000 by default.'),
      })
      .optional()
      .describe('Hooks in TypeScript: the module that defines them, and their events.'),
    configuration: z
      .record(z.string(), z.json())
      .optional()
      .describe('JSON Schema of type object (draft 2020-12) of what operators configure.'),
    requires: z
      .strictObject({
        hosts: z.array(host).max(MAX_ITEMS).optional().describe('Hosts that its processes have to reach.'),
        secrets: z.array(secret).max(MAX_ITEMS).optional().describe('Secrets that it is given, by name.'),
        permissions: z
          .array(z.string().min(1).max(2000))
          .max(MAX_ITEMS)
          .optional()
          .describe(
            'Tool calls that should run without being asked about, as rules of Claude Code: `Bash(git log *)`.',
          ),
      })
      .optional()
      .describe('What an administrator has to grant when the plugin is activated.'),
    isolation: z
      .enum(['process', 'in-process'])
      .optional()
      .describe('Of tools and endpoints. `in-process` only where an administrator trusts the plugin.'),
    limits: limits.optional().describe('Of the processes of tools and endpoints; the platform’s own where absent.'),
  })
  .meta({ id: 'CspAdditions' });
