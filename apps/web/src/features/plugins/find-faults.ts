import type { PluginProblemResource } from '@claude-sdk-pattern/protocol';

/** The problems without what is asked for and not granted, which the list of the grants shows. */
export function findFaults(problems: readonly PluginProblemResource[]): readonly PluginProblemResource[] {
  return problems.filter(({ field }) => field?.startsWith('granted.') !== true);
}
