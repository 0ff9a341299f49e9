import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { toDigestOf } from '../../audit/canonical-json.ts';
import { collectHooks } from '../delivery/collect-hooks.ts';
import type { PluginManifest } from '../manifest/plugin-manifest.ts';
import type { PluginPart } from '../plugin-set.ts';

/**
 * Digests of the handlers of each hook, and of the modules of tools and endpoints with how they are isolated, by the kind
 * and name of the part. What such a module imports is not in it.
 * @param dir Absolute path of the plugin's own folder.
 */
export async function digestCode(
  dir: string,
  { manifest, parts }: { manifest: PluginManifest; parts: readonly PluginPart[] },
): Promise<Record<string, string>> {
  const { tools, endpoints, isolation = null } = manifest.csp ?? {};
  const events = parts.flatMap(({ kind, name }) => (kind === 'hook' ? [name] : []));
  const hooks = await collectHooks({ dir, manifest }, new Set(events));
  const digestModule = async (module: string | undefined) =>
    module === undefined ? '' : toDigestOf({ isolation, module, content: await digestFile(join(dir, module)) });
  const [ofTools, ofEndpoints] = [await digestModule(tools?.module), await digestModule(endpoints?.module)];
  const digests: Record<string, string> = {};
  for (const { kind, name } of parts) {
    if (kind === 'hook') digests[`${kind} ${name}`] = toDigestOf(hooks[name]);
    else if (kind === 'tool') digests[`${kind} ${name}`] = ofTools;
    else if (kind === 'endpoint') digests[`${kind} ${name}`] = ofEndpoints;
  }
  return digests;
}

async function digestFile(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
