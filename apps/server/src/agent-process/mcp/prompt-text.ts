import { z } from 'zod';

export interface PromptArgument {
  name: string;
  isRequired: boolean;
}

/** A command as a person wrote it. */
export interface WrittenCommand {
  command: string;
  /** What follows it. */
  given: string;
}

const MAX_TEXT_CHARS = 400_000;
const WORD = /"([^"]*)"|(\S+)/g;
const COMMAND = /^\/(mcp__[A-Za-z0-9_-]+)(?:\s+([\s\S]*))?$/;

const block = z.object({
  type: z.string().max(64),
  text: z.string().optional(),
  uri: z.string().optional(),
  resource: z.object({ uri: z.string(), text: z.string().optional() }).optional(),
});
const answer = z.looseObject({ messages: z.array(z.looseObject({ content: z.unknown() })).max(100) });

/** The command that a text begins with; undefined where it names no prompt of an MCP server. Pure. */
export function readCommand(text: string): WrittenCommand | undefined {
  const [, command, given = ''] = COMMAND.exec(text.trim()) ?? [];
  return command === undefined ? undefined : { command, given: given.trim() };
}

/** How the arguments of a prompt are written, such as `<who> [how]`. Pure. */
export function toArgumentHint(prompt: { arguments: readonly PromptArgument[] }): string {
  return prompt.arguments.map(({ name, isRequired }) => (isRequired ? `<${name}>` : `[${name}]`)).join(' ');
}

/**
 * The arguments by their names: word by word in their order, several words in double quotes, and the last one has all that is left.
 * Pure.
 * @throws Error for people when one is missing.
 */
export function fillArguments(
  prompt: { name: string; arguments: readonly PromptArgument[] },
  given: string,
): Record<string, string> {
  const words = [...given.matchAll(WORD)];
  const filled: Record<string, string> = {};
  for (const [index, { name, isRequired }] of prompt.arguments.entries()) {
    const word = words[index];
    if (word === undefined) {
      if (isRequired) throw new Error(`it needs ${toArgumentHint(prompt)}`);
      continue;
    }
    const isLast = index === prompt.arguments.length - 1 && words.length > prompt.arguments.length;
    filled[name] = isLast ? given.slice(word.index).trim() : (word[1] ?? word[2] ?? '');
  }
  return filled;
}

/**
 * What the server answers, as one text for the agent in the form in which Claude Code tells it of a command. No line of the server
 * can begin the message, so that none is taken for a command. Pure.
 */
export function toPromptText({ command, given }: WrittenCommand, answered: unknown): string {
  const { data } = answer.safeParse(answered);
  if (data === undefined) throw new Error('its server has sent no prompt');
  const texts = data.messages.map(({ content }) => toText(content));
  const told = texts.join('\n\n');
  const cut = told.length > MAX_TEXT_CHARS ? `${told.slice(0, MAX_TEXT_CHARS)}\n[The rest was cut off]` : told;
  return `${toCommandTags({ command, given })}\n${cut}`;
}

/** As Claude Code (2.1.332) writes a command into the conversation. */
export function toCommandTags({ command, given }: WrittenCommand): string {
  return [
    `<command-message>${command}</command-message>`,
    `<command-name>/${command}</command-name>`,
    `<command-args>${given}</command-args>`,
  ].join('\n');
}

function toText(content: unknown): string {
  const { data } = block.safeParse(content);
  if (data === undefined) return '[not readable]';
  const { type, text, uri, resource } = data;
  if (type === 'text' && text !== undefined) return text;
  if (type === 'resource' && resource !== undefined) return `${resource.uri}:\n${resource.text ?? '[no text]'}`;
  return type === 'resource_link' && uri !== undefined ? uri : `[${type}]`;
}
