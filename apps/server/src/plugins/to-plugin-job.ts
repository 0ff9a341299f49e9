import { posix } from 'node:path';

import { DEFAULT_LIMITS, type PluginJob } from '@claude-sdk-pattern/plugin-api/job';

import type { Json, JsonObject } from '../audit/canonical-json.ts';
import { isSensitive } from './manifest/configuration-schema.ts';
import { listNamedSecrets, withoutSecrets } from './manifest/references.ts';
import type { ActivePlugin } from './plugin-set.ts';

/**
 * What the runner is told of a plugin. Pure: secrets that were granted, that the manifest requires for its code, or that the
 * configuration names stand in it as `${secret:NAME}`. Who fills them in refuses those that were not granted. Of the
 * configuration only sensitive options may name secrets, which the runner fills in.
 * @param part `module` is the path in the plugin, as the manifest has it.
 */
export function toPluginJob(
  { name, version, dir, configuration, granted, manifest }: ActivePlugin,
  part: Pick<PluginJob, 'part' | 'module' | 'toolNames'> & { socket?: string },
): PluginJob {
  const { memory_mb, timeout_ms, concurrency } = manifest.csp?.limits ?? {};
  const toFilled = ([option, value]: [string, Json]) => [
    option,
    isSensitive(manifest, option) ? value : withoutNamed(value),
  ];
  const defaults = Object.entries(manifest.userConfig ?? {}).flatMap(([option, { default: value }]) =>
    value === undefined ? [] : [[option, value]],
  );
  const filled = Object.fromEntries(
    Object.entries({ ...Object.fromEntries(defaults), ...configuration } as JsonObject).map(toFilled),
  ) as PluginJob['configuration'];
  const required = manifest.csp?.requires?.secrets ?? [];
  const secrets = new Set([...granted.secrets, ...required, ...listNamedSecrets(filled)]);
  return {
    ...{ ...part, plugin: name, version: version ?? '0.0.0', module: posix.join(dir ?? '/', part.module) },
    configuration: filled,
    secrets: Object.fromEntries([...secrets].map((secret) => [secret, `\${secret:${secret}}`])),
    limits: {
      memoryMb: memory_mb ?? DEFAULT_LIMITS.memoryMb,
      timeoutMs: timeout_ms ?? DEFAULT_LIMITS.timeoutMs,
      concurrency: concurrency ?? DEFAULT_LIMITS.concurrency,
    },
  };
}

/** The runner fills in each text by itself, so that none can come to be of two. */
function withoutNamed(value: Json): Json {
  if (typeof value === 'string') return withoutSecrets(value);
  if (Array.isArray(value)) return value.map(withoutNamed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutNamed(each)]));
}
