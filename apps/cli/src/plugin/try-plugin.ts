import { openPlugin } from '@claude-sdk-pattern/server/open-plugin';

/**
 * Runs a tool of a plugin's folder once, in a thread of this process with the plugin's limits, in an empty workspace. Its code
 * has the rights of whoever runs it. Resolves with what the model would read, after what the plugin logged; without a tool
 * with the tools that there are.
 * @param dir absolute
 * @throws Error for people, where the plugin cannot be used, the input is no object in JSON, or the call fails
 */
export async function tryPlugin(dir: string, tool: string | undefined, input: string): Promise<string> {
  await using plugin = await openPlugin(dir);
  const names = plugin.tools.map(({ name, description }) => `  ${name}  ${description ?? ''}`.trimEnd());
  const listed = names.length === 0 ? 'It has no tools.' : `It has these tools:\n${names.join('\n')}`;
  if (tool === undefined) return [...plugin.problems, listed].join('\n');
  if (!plugin.tools.some(({ name }) => name === tool))
    throw new Error([`There is no tool ${tool}.`, ...plugin.problems, listed].join('\n'));
  const answer = await plugin.callForText(tool, toInput(input));
  return [...plugin.output.map((each) => each.trimEnd()), answer].join('\n');
}

function toInput(text: string): Record<string, unknown> {
  const wrong = `The input is no object in JSON: ${text}. Write it as '{"name": "value"}'.`;
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch (error) {
    throw new Error(wrong, { cause: error });
  }
  if (typeof input !== 'object' || input === null || Array.isArray(input)) throw new Error(wrong);
  return input as Record<string, unknown>;
}
