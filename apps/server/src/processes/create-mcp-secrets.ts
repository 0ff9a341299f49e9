import { CspError } from '@claude-sdk-pattern/protocol';

import { FaultError } from '../agent-process/mcp/fault.ts';
import type { McpSecrets } from '../agent-process/mcp/mcp-secrets.ts';
import type { PluginSet } from '../plugins/plugin-set.ts';
import { isWorkspacePlugin } from '../plugins/workspace/workspace-plugin.ts';
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
    // What a repository brings gets none.
    if (isWorkspacePlugin(name)) return { name, secrets: [] };
    const found = plugins.current.find((plugin) => plugin.name === name);
    if (found === undefined) throw new CspError('not_found', `The plugin ${name} is not active any more`);
    return { name, secrets: found.granted.secrets };
  };
  return {
    async resolve(values, { plugin, ...context }) {
      const grants = plugin === undefined ? {} : { plugin: findGrants(plugin) };
      try {
        return await resolver.resolve(values, { ...context, ...grants });
      } catch (error) {
        const remedy = error instanceof CspError ? error.details?.['remedy'] : undefined;
        if (typeof remedy !== 'string') throw error;
        throw new FaultError((error as CspError).message, { remedy }, { cause: error });
      }
    },
    mask: (value, sessionId) => inUse.maskOf(sessionId, value),
  };
}
