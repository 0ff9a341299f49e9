import type { PluginResource } from '@claude-sdk-pattern/protocol';

/** A plugin that asks for a secret. */
export interface SecretUse {
  /** Of the plugin, in the registry. */
  plugin: string;
  title: string;
  isGranted: boolean;
}

const REFERENCE = /\$\{secret:([A-Za-z_][A-Za-z0-9_.-]{0,63})\}/g;

type Asking = Pick<PluginResource, 'requires' | 'granted' | 'pending' | 'configuration'>;

/** The names of the secrets that a plugin asks for: in its manifest, in its configuration, and in an update that waits. */
export function listAskedSecrets({ requires, granted, pending, configuration }: Asking): string[] {
  const named = [...JSON.stringify(configuration ?? {}).matchAll(REFERENCE)].map(([, name = '']) => name);
  const asked = [requires, granted, pending?.requires].flatMap((each) => each?.secrets ?? []);
  return [...new Set([...asked, ...named])].toSorted();
}

/** Which plugins ask for each secret, by its name. */
export function listSecretUses(plugins: readonly PluginResource[]): ReadonlyMap<string, readonly SecretUse[]> {
  const uses = new Map<string, SecretUse[]>();
  for (const plugin of plugins)
    for (const name of listAskedSecrets(plugin)) {
      const isGranted = plugin.granted?.secrets.includes(name) === true;
      const use = { plugin: plugin.name, title: plugin.display_name, isGranted };
      uses.set(name, [...(uses.get(name) ?? []), use]);
    }
  return uses;
}

/** The names of secrets that plugins are granted, and that are not among the known ones. */
export function listMissing(
  uses: ReadonlyMap<string, readonly SecretUse[]>,
  known: readonly { name: string }[],
): string[] {
  const isKnown = new Set(known.map(({ name }) => name));
  return [...uses.keys()].filter((name) => !isKnown.has(name)).toSorted();
}
