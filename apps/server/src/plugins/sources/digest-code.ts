import { toDigestOf } from '../../audit/canonical-json.ts';
import { collectHooks } from '../delivery/collect-hooks.ts';
import type { PluginManifest } from '../manifest/plugin-manifest.ts';
import type { PluginPart } from '../plugin-set.ts';

/**
 * Digests of what runs for each part of the kind hook, tool or endpoint, by its kind and name: how it is called, and all of
 * the content, because what a module imports or a script reads may lie in any file of it.
 * @param dir Absolute path of the plugin's own folder.
 * @param content Digest of the content.
 */
export async function digestCode(
  dir: string,
  { manifest, parts, content }: { manifest: PluginManifest; parts: readonly PluginPart[]; content: string },
): Promise<Record<string, string>> {
  const { tools, endpoints, isolation = null } = manifest.csp ?? {};
  const events = parts.flatMap(({ kind, name }) => (kind === 'hook' ? [name] : []));
  const hooks = await collectHooks({ dir, manifest }, new Set(events));
  const digests: Record<string, string> = {};
  for (const { kind, name } of parts) {
    const part = `${kind} ${name}`;
    if (kind === 'hook') digests[part] = toDigestOf({ content, handlers: hooks[name] ?? [] });
    else if (kind === 'tool') digests[part] = toDigestOf({ content, isolation, module: tools?.module ?? '' });
    else if (kind === 'endpoint') digests[part] = toDigestOf({ content, isolation, module: endpoints?.module ?? '' });
  }
  return digests;
}
