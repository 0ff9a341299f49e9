/** The plugin that a tool call belongs to: it brings the MCP server, the skill or the subagent that is called. */
export interface EventPlugin {
  /** Of the registry. */
  name: string;
  /** For people: the name that the plugin gives itself. */
  display_name: string;
}
