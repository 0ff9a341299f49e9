import type { PluginResource } from '@claude-sdk-pattern/protocol';

import type { Api } from '../../api/api.ts';

const MAX_NAME_CHARS = 64;

/** The platform's secret that keeps what is typed for an option of a plugin: `weather`, `api-key` → `WEATHER_API_KEY`. */
export function toSecretName(plugin: string, option: string): string {
  const name = `${plugin}_${option}`.toUpperCase().replaceAll(/[^A-Z0-9_]/g, '_');
  return (/^\d/.test(name) ? `_${name}` : name).slice(0, MAX_NAME_CHARS);
}

/** Who grants a secret to a plugin: `saving` does, `activation` will, or an administrator has to (`others`). */
export type GrantWay = 'granted' | 'saving' | 'activation' | 'others';

export function findGrantWay({ granted, state, pending }: PluginResource, name: string, isAdmin: boolean): GrantWay {
  if (granted?.secrets.includes(name) === true) return 'granted';
  if (!isAdmin) return 'others';
  // To grant is to activate, which would also start a plugin that is off and accept a version that waits.
  return granted !== null && pending === null && (state === 'active' || state === 'failed') ? 'saving' : 'activation';
}

/** Grants secrets to a plugin that serves, next to what it was granted. */
export async function grantSecrets(
  api: Pick<Api, 'plugins'>,
  plugin: PluginResource,
  names: readonly string[],
): Promise<PluginResource> {
  const wanted = names.filter((name) => findGrantWay(plugin, name, true) === 'saving');
  if (wanted.length === 0 || plugin.granted === null) return plugin;
  const { hooks, hosts, secrets, permissions } = plugin.granted;
  const grants = { hooks: [...hooks], hosts: [...hosts], permissions: [...permissions] };
  return api.plugins.activate(plugin.name, {
    ...{ grants: { ...grants, secrets: [...secrets, ...wanted] }, trusted: plugin.trusted },
    ...{ digest: plugin.digest, revision: plugin.revision },
  });
}
