import { CspError } from '@claude-sdk-pattern/protocol';

import type { McpSecrets } from '../agent-process/mcp/mcp-secrets.ts';
import type { PluginSet } from '../plugins/plugin-set.ts';
import type { SecretResolver } from '../secrets/resolve-secrets.ts';
import type { SecretsInUse } from '../secrets/secrets-in-use.ts';

/** Secrets for MCP servers: a plugin's gets what is granted to the plugin when the server starts. */
export function createMcpSecrets(deps: {
  plugins: Pick<PluginSet, 'current'>;
  resolver: SecretResolver;
  inUse: Pick<SecretsInUse, 'maskOf'>;
}): McpSecrets {
  const { plugins, resolver, inUse } = deps;
  const findGrants = (name: string) => {
    const found = plugins.current.find((plugin) => plugin.name === name);
    if (found === undefined) throw new CspError('not_found', `The plugin ${name} is not active any more`);
    return { name, secrets: found.granted.secrets };
  };
  return {
    // Async, so that a plugin that is gone rejects.
    resolve: async (values, { plugin, ...context }) =>
      resolver.resolve(values, { ...context, ...(plugin !== undefined && { plugin: findGrants(plugin) }) }),
    mask: (value, sessionId) => inUse.maskOf(sessionId, value),
  };
}
