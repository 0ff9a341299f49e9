/** A tool call as the model made it, under the CLI's name of the tool. */
export interface ToolCallBlock {
  toolUseId: string;
  toolName: string;
  input: Readonly<Record<string, unknown>>;
}
