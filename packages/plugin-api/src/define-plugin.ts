import type { Endpoint } from './define-endpoint.ts';
import type { Hook } from './define-hook.ts';
import type { Tool } from './define-tool.ts';

/** What a module of a plugin brings. The manifest says which of it is used. */
export interface Plugin {
  tools?: readonly Tool[];
  endpoints?: readonly Endpoint[];
  hooks?: readonly Hook[];
}

/**
 * What a module exports as `plugin`. The manifest names the module under `csp.tools.module`, `csp.endpoints.module` or
 * `csp.hooks.module`; one may be all.
 */
export function definePlugin(plugin: Plugin): Plugin {
  return plugin;
}
