import type { PluginPartHealth, PluginResource } from '@claude-sdk-pattern/protocol';
import { z } from 'zod';

import { mayEver } from '../../access/may.ts';
import type { Actor } from '../../identity/actor.ts';
import { PART_KINDS } from '../../plugins/plugin-set.ts';
import type { PartHealth, PluginHealth } from '../../processes/plugin-health.ts';
import type { PluginProblem } from '../../plugins/problem.ts';
import { toCoarseSource } from '../../plugins/shown-source.ts';
import type { PluginView } from '../../plugins/registry/to-view.ts';
import { answer } from '../entrance/zod-schemas.ts';
import { partHealth } from './mcp-server-resource.ts';

const texts = z.array(z.string());
const part = z
  .object({ kind: z.enum(PART_KINDS), name: z.string() })
  .meta({ id: 'PluginPart', description: 'One thing that a plugin brings. The name of a hook is its event.' });
const grantFields = {
  hooks: texts.describe('Hook events whose handlers run.'),
  hosts: texts.describe('Hosts that its processes may reach.'),
  secrets: texts.describe('Secrets that are put in where it declares them.'),
  permissions: texts.describe('Rules for tool calls that run without being asked about.'),
};
const grants = z
  .object(grantFields)
  .meta({ id: 'PluginGrants', description: 'What a plugin asks for, or was granted.' });
export const problem = z
  .object({
    file: z.string().nullable(),
    field: z.string().nullable(),
    message: z.string(),
    remedy: z.string(),
    action: z
      .enum(['upgrade', 'activate', 'configure'])
      .optional()
      .describe('The request that mends it, where there is one.'),
    choices: z
      .array(z.string())
      .readonly()
      .optional()
      .describe('The plugins of a marketplace, of which `plugin` of the source has to name one; at most 200.'),
  })
  .meta({ id: 'PluginProblem', description: 'Something that is wrong with a plugin, and what to do.' });
const release = { version: z.string().nullable(), digest: z.string() };
const anything = z.record(z.string(), z.unknown());

/** What an administrator grants; what is left out is not granted. */
export const grantsBody = z.strictObject(grantFields).partial();

export const pluginResource = answer<PluginResource>(
  z
    .object({
      type: z.literal('plugin'),
      name: z.string().describe('In the registry: lower case letters, digits and `-`.'),
      display_name: z.string(),
      description: z.string().nullable(),
      version: z.string().nullable(),
      state: z
        .enum(['discovered', 'registered', 'active', 'disabled', 'failed', 'missing'])
        .describe('Only an `active` plugin serves. `failed` and `missing` say in `problems` why.'),
      parts: z.array(part),
      requires: grants,
      granted: grants.nullable().describe('Null before it was active for the first time.'),
      problems: z.array(problem),
      health: z.object({
        status: z
          .enum(['ok', 'idle', 'failed'])
          .describe(
            '`idle` also while nothing of an active plugin has been started yet: whether it works is not known.',
          ),
        reason: z.string().nullable(),
        since: z.iso.datetime().describe('When counting began: the start of the server that answers.'),
        calls: z.int().describe('Of all parts together.'),
        errors: z.int(),
        parts: z.array(partHealth).describe('Of an active plugin: its MCP servers and its endpoints.'),
      }),
      digest: z.string().nullable().describe('SHA-256 of its content.'),
      revision: z
        .int()
        .nullable()
        .describe('Rises with every change, its configuration and grants among them. `activate` takes it.'),
      trusted: z.boolean().describe('Whether this version may run in the server’s own process.'),
      data_bytes: z.number().describe('Bytes on disk of what its MCP servers keep over sessions, as last measured.'),
      previous: z.object(release).nullable().describe('What a roll back goes back to.'),
      pending: z
        .object({
          ...{ ...release, requires: grants },
          difference: z.object({ ...grantFields, parts: z.array(part) }).describe('What it adds or changes.'),
        })
        .nullable()
        .describe(
          'A version that asks for more than was granted or runs something else, and waits for `activate` with grants.',
        ),
      configuration_schema: anything.nullable().describe('JSON Schema; null where nothing can be configured.'),
      configuration: anything.nullable().describe('For operators and administrators.'),
      source: anything
        .nullable()
        .describe('From where it came, for operators and administrators: `…` stands for what may be a secret.'),
      origin: anything.nullable().describe('What was taken in exactly, such as the commit; for them too.'),
    })
    .meta({ id: 'Plugin', description: 'A plugin of the platform.' }),
);

/** @param of `failure`: why its endpoints cannot be used; `confines`: whether processes are held to what was granted. */
export function toPluginResource(
  view: PluginView,
  {
    actor,
    failure,
    confines,
    health: measured,
  }: { actor: Actor; failure?: string | undefined; confines: boolean; health: PluginHealth },
): PluginResource {
  const { displayName, configurationSchema, configuration, source, origin, dataBytes, ...same } = view;
  const isOperator = mayEver(actor, 'plugin.configure');
  const parts = measured.list(view.name);
  const health = {
    ...toStatus(view, { parts, failure, isOperator }),
    since: new Date(measured.sinceMs).toISOString(),
    calls: parts.reduce((sum, { calls }) => sum + calls, 0),
    errors: parts.reduce((sum, { errors }) => sum + errors, 0),
    parts: parts.map((each) => toPart(each, isOperator)),
  };
  return {
    ...{ type: 'plugin', ...same, health, display_name: displayName, configuration_schema: configurationSchema },
    problems: confines ? view.problems : [...view.problems, ...listUnheld(view)],
    data_bytes: dataBytes,
    configuration: isOperator ? configuration : null,
    source: mayEver(actor, 'plugin.change') ? source : isOperator ? toCoarseSource(source) : null,
    origin: isOperator ? origin : null,
  };
}

/** Grants that this server cannot hold an active plugin to. */
function listUnheld({ state, granted }: PluginView): PluginProblem[] {
  if (state !== 'active' || granted === null || granted.hosts.length === 0) return [];
  return [
    {
      ...{
        file: null,
        field: 'granted.hosts',
        message: 'Its processes may reach any host: nothing confines them here',
      },
      remedy: 'Run the server with the launcher bubblewrap',
    },
  ];
}

/** Of an active plugin a part that fails is told; what is wrong with the plugin itself comes first. */
function toStatus(
  { health }: PluginView,
  { parts, failure, isOperator }: { parts: readonly PartHealth[]; failure: string | undefined; isOperator: boolean },
): PluginView['health'] {
  if (failure !== undefined) return { status: 'failed', reason: `Its endpoints cannot be used: ${failure}` };
  const isUnused = parts.length > 0 && parts.every(({ starts, failedStarts }) => starts + failedStarts === 0);
  if (health.status === 'ok' && isUnused) return { status: 'idle', reason: 'Nothing has connected to it yet' };
  const failed = parts.find(({ state }) => state === 'failed');
  if (health.status !== 'ok' || failed === undefined) return health;
  const reason = `The MCP server ${failed.name} cannot be reached, or has ended by itself`;
  const { lastProblem } = failed;
  return { status: 'failed', reason: isOperator && lastProblem !== null ? `${reason}: ${lastProblem.text}` : reason };
}

function toPart(measured: PartHealth, isOperator: boolean): PluginPartHealth {
  const { kind, name, transport, state, connected, calls, errors, starts, restarts, lastProblem } = measured;
  return {
    ...{
      kind,
      name,
      transport,
      state,
      connected,
      calls,
      errors,
      starts,
      restarts,
      failed_starts: measured.failedStarts,
    },
    ...{ p50_ms: toRounded(measured.p50Ms), p95_ms: toRounded(measured.p95Ms) },
    last_call_at: measured.lastCallAtMs === null ? null : new Date(measured.lastCallAtMs).toISOString(),
    last_problem:
      isOperator && lastProblem !== null
        ? {
            ...{ at: new Date(lastProblem.atMs).toISOString(), text: lastProblem.text },
            ...{ remedy: lastProblem.remedy ?? null, output: lastProblem.output ?? null },
          }
        : null,
  };
}

/** To a tenth of a millisecond. */
function toRounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 10) / 10;
}
