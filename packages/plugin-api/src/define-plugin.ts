import type { Endpoint } from './define-endpoint.ts';
import type { Tool } from './define-tool.ts';

/** What a module of a plugin brings. The manifest says which of it is used. */
export interface Plugin {
  tools?: readonly Tool[];
  endpoints?: readonly Endpoint[];
}

/**
 * What a module exports as `plugin`. The manifest names the module under `csp.tools.module` or `csp.endpoints.module`; one
 * may be both.
 */
export function definePlugin(plugin: Plugin): Plugin {
  return plugin;
}
