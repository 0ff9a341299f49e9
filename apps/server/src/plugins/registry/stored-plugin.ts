import type { JsonObject } from '../../audit/canonical-json.ts';
import type { PluginRecord, PluginRelease } from '../plugin-release.ts';

/** A plugin as the store keeps it. */
export function toRow(name: string, record: PluginRecord) {
  const { state, release } = record;
  return { name, state, version: release.version, digest: release.digest, record };
}

/** What the audit log says of a version. */
export function toDetails({ version, digest, source, origin }: PluginRelease): JsonObject {
  return { version, digest, source: source.type, ...('commit' in origin && { commit: origin['commit'] }) };
}
