import { findPlugin } from '../../agent-process/options/find-plugin.ts';
import type { ProfileSettings } from '../../agent-process/options/profile-settings.ts';
import { parseMcpToolName } from '../../definitions/mcp-tool-name.ts';
import { compileRules, type CompiledRules } from '../../permissions/rules/compile-rules.ts';
import type { Logger } from '../../telemetry/logger.ts';

const NONE: Pick<CompiledRules, 'evaluate'> = { evaluate: () => undefined };

/**
 * Compiles what was granted to the plugins of a process, once for each process. A call of an MCP server is allowed only by
 * what was granted to the plugin that serves it there: another plugin, or the agent, may have a server of the same name.
 */
export function createPluginRules(logger: Pick<Logger, 'warn'>) {
  let of: ProfileSettings | undefined;
  let compiled = NONE;
  return (settings: ProfileSettings | undefined) => {
    if (settings !== of) compiled = settings === undefined ? NONE : compileFor(settings, logger);
    of = settings;
    return compiled;
  };
}

type Plugins = Pick<ProfileSettings, 'plugins' | 'mcpServers'>;

function compileFor(settings: Plugins, logger: Pick<Logger, 'warn'>): Pick<CompiledRules, 'evaluate'> {
  const compile = (rules: readonly string[]) =>
    compileRules(
      rules.map((rule) => ({ effect: 'allow', rule })),
      { onProblem: (error) => logger.warn({ err: error }, 'a rule that was granted to a plugin cannot be read') },
    );
  const { plugins } = settings;
  const ofAll = compile(plugins.flatMap(({ permissions }) => permissions));
  const ofEach = new Map(plugins.map(({ name, permissions }) => [name, compile(permissions)]));
  return {
    evaluate(call, role) {
      if (parseMcpToolName(call.toolName) === undefined) return ofAll.evaluate(call, role);
      const plugin = findPlugin(settings, call);
      return plugin && ofEach.get(plugin.name)?.evaluate(call, role);
    },
  };
}
