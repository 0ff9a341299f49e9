import { posix } from 'node:path';

import { DEFAULT_LIMITS, type PluginJob } from '@claude-sdk-pattern/plugin-api/job';

import type { ActivePlugin } from './plugin-set.ts';

/**
 * What the runner is told of a plugin. Pure: secrets that were granted stand in it as `${secret:NAME}`, others are not
 * there.
 * @param part `module` is the path in the plugin, as the manifest has it.
 */
export function toPluginJob(
  { name, version, dir, configuration, granted, manifest }: ActivePlugin,
  part: Pick<PluginJob, 'part' | 'module' | 'toolNames'> & { socket?: string },
): PluginJob {
  const { memory_mb, timeout_ms, concurrency } = manifest.csp?.limits ?? {};
  const defaults = Object.entries(manifest.userConfig ?? {}).flatMap(([option, { default: value }]) =>
    value === undefined ? [] : [[option, value]],
  );
  return {
    ...{ ...part, plugin: name, version: version ?? '0.0.0', module: posix.join(dir ?? '/', part.module) },
    configuration: { ...Object.fromEntries(defaults), ...configuration } as PluginJob['configuration'],
    secrets: Object.fromEntries(granted.secrets.map((secret) => [secret, `\${secret:${secret}}`])),
    limits: {
      memoryMb: memory_mb ?? DEFAULT_LIMITS.memoryMb,
      timeoutMs: timeout_ms ?? DEFAULT_LIMITS.timeoutMs,
      concurrency: concurrency ?? DEFAULT_LIMITS.concurrency,
    },
  };
}
