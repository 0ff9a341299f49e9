import type { PluginGrantsResource, PluginResource } from '@claude-sdk-pattern/protocol';

export const GRANT_KINDS = ['hooks', 'hosts', 'secrets', 'permissions'] as const;
export type GrantKind = (typeof GRANT_KINDS)[number];

/** One thing that an administrator grants or does not. */
export interface GrantChoice {
  kind: GrantKind;
  value: string;
  /** Granted to the version that serves. */
  wasGranted: boolean;
  /** Added by the version that waits. */
  isNew: boolean;
}

const SECRET = /\$\{secret:([A-Za-z_][A-Za-z0-9_-]{0,63})\}/g;

/**
 * What can be granted to the version of a plugin that would serve. Of the secrets also those that its configuration
 * names.
 */
export function listGrantChoices({ requires, granted, pending, configuration }: PluginResource): GrantChoice[] {
  const asked = pending?.requires ?? requires;
  const named = [...JSON.stringify(configuration ?? {}).matchAll(SECRET)].map(([, name = '']) => name);
  return GRANT_KINDS.flatMap((kind) => {
    const values = kind === 'secrets' ? [...asked.secrets, ...named, ...(granted?.secrets ?? [])] : asked[kind];
    return [...new Set(values)].map((value) => ({
      ...{ kind, value, wasGranted: granted?.[kind].includes(value) === true },
      isNew: pending?.difference[kind].includes(value) === true,
    }));
  });
}

/** The chosen ones, as the server takes them. */
export function toGrants(chosen: readonly GrantChoice[]): { [kind in keyof PluginGrantsResource]: string[] } {
  const of = (kind: GrantKind) => chosen.filter((each) => each.kind === kind).map(({ value }) => value);
  return { hooks: of('hooks'), hosts: of('hosts'), secrets: of('secrets'), permissions: of('permissions') };
}
