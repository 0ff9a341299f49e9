import type { EventPlugin, SessionEvent } from '@claude-sdk-pattern/protocol';

import type { HidePaths } from './hide-server-paths.ts';
import { quoteMarkdown, toFencedCode, toPlainMarkdown } from './quote-markdown.ts';

/** The most characters of a tool's input or result that the Markdown shows. */
const MAX_TOOL_CHARACTERS = 4000;
/** The most tool calls without a result that are remembered; a later result does not name its tool. */
const MAX_OPEN_TOOLS = 1000;

/** Turns events into readable Markdown: messages, folded tool calls, how turns ended. Keeps little state. */
export interface MarkdownWriter {
  /** The event as Markdown that ends with an empty line; empty for events that a reader does not need. */
  write(event: SessionEvent): string;
}

export function createMarkdownWriter(hidePaths: HidePaths): MarkdownWriter {
  const tools = new Map<string, string>();
  const hideInside = (_key: string, value: unknown) => (typeof value === 'string' ? hidePaths(value) : value);

  const startTool = (id: string, name: string, input: unknown) => {
    if (tools.size < MAX_OPEN_TOOLS) tools.set(id, name);
    return fold(`Tool: ${name}`, toFencedCode(bound(JSON.stringify(input, hideInside, 2)), 'json'));
  };
  const endTool = (id: string, result: { content?: readonly Block[]; is_error?: boolean | null }) => {
    const name = tools.get(id);
    tools.delete(id);
    const summary = `${result.is_error ? 'Error' : 'Result'}${name === undefined ? '' : ` of ${name}`}`;
    return fold(summary, toFencedCode(bound(hidePaths((result.content ?? []).map(toText).join('\n')))));
  };

  return {
    write(event) {
      switch (event.type) {
        case 'user.message':
          return said(
            event.actor?.name ?? 'User',
            event.processed_at,
            hidePaths(event.content.map(toText).join('\n\n')),
          );
        case 'agent.message':
          return said(
            event.cut_off === true ? 'Agent (cut off)' : 'Agent',
            event.processed_at,
            hidePaths(event.content.map(toText).join('\n\n')),
          );
        case 'agent.tool_use':
          return startTool(event.id, withPlugin(event, event.name), event.input);
        case 'agent.custom_tool_use':
          return startTool(event.id, event.name, event.input);
        case 'agent.mcp_tool_use':
          return startTool(event.id, withPlugin(event, `${event.mcp_server_name}: ${event.name}`), event.input);
        case 'agent.tool_result':
          return endTool(event.tool_use_id, event);
        case 'agent.mcp_tool_result':
          return endTool(event.mcp_tool_use_id, event);
        case 'user.custom_tool_result':
          return endTool(event.custom_tool_use_id, event);
        case 'user.tool_confirmation': {
          const who = toPlainMarkdown(event.actor?.name ?? 'User');
          const tool = toPlainMarkdown(tools.get(event.tool_use_id) ?? 'a tool call');
          return `*${who} ${event.result === 'allow' ? 'allowed' : 'denied'} ${tool}.*\n\n`;
        }
        case 'user.interrupt':
          return `*${toPlainMarkdown(event.actor?.name ?? 'User')} interrupted the turn.*\n\n`;
        case 'session.error':
          return `**Error:** ${toPlainMarkdown(hidePaths(event.error.message))}\n\n`;
        case 'session.message_withdrawn':
          return '*A message was withdrawn before the agent received it.*\n\n';
        default:
          return '';
      }
    },
  };
}

/** The head of the Markdown file. */
export function toMarkdownHead(
  session: { id: string; title: string | null; created_at: string },
  hidePaths: HidePaths,
): string {
  const title = toPlainMarkdown(hidePaths(session.title ?? '')) || 'Untitled session';
  return `# ${title}\n\nSession \`${session.id}\`, begun ${session.created_at}\n\n`;
}

/** The plugin of a call, by its name for people. */
function withPlugin({ plugin }: { plugin?: EventPlugin }, tool: string): string {
  return plugin === undefined ? tool : `${tool} (plugin ${plugin.display_name})`;
}

type Block = { type: string; text?: unknown; title?: unknown };

function toText(block: Block): string {
  if (block.type === 'text' && typeof block.text === 'string') return block.text;
  return typeof block.title === 'string' ? `[${block.type}: ${block.title}]` : `[${block.type}]`;
}

function said(who: string, at: string | null | undefined, text: string): string {
  if (text.trim() === '') return '';
  return `## ${toPlainMarkdown(who)}${at ? ` · ${at}` : ''}\n\n${quoteMarkdown(text)}\n\n`;
}

function fold(summary: string, content: string): string {
  const plain = summary.replaceAll(/\s+/g, ' ').replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  // The empty lines make Markdown read the content as Markdown again.
  return `<details><summary>${plain}</summary>\n\n${content}\n\n</details>\n\n`;
}

function bound(text: string): string {
  if (text.length <= MAX_TOOL_CHARACTERS) return text;
  const left = text.length - MAX_TOOL_CHARACTERS;
  return `${text.slice(0, MAX_TOOL_CHARACTERS).toWellFormed()}\n… ${left} more characters`;
}
