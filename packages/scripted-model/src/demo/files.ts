import { basename } from 'node:path';
import type { Conversation, ToolCall } from '../conversation.ts';
import { toInputText } from '../conversation.ts';
import type { Reply } from '../reply.ts';
import { say, useTool } from '../reply.ts';
import type { Scenario } from '../scenario.ts';
import { findFileName, toFence, toFileContent, toFileName, toPath } from './file-content.ts';
import { toDiff, toEdit, toFileEdit } from './file-edit.ts';

/** Lists, reads, edits and writes files of the workspace. */
export const fileScenarios: readonly Scenario[] = [
  {
    name: 'demo: list files',
    match: {
      userText: /\b(?:list|show|what|which|see)\b.*\b(?:files|folders?|directory|workspace)\b|^\s*(?:ls|dir)\b/i,
    },
    reply: (conversation) => replyToList(conversation),
  },
  {
    name: 'demo: edit file',
    match: { userText: /\b(?:edit|change|modify|update|replace|append|rename)\b/i },
    reply: (conversation) => replyToEdit(conversation),
  },
  {
    name: 'demo: write file',
    match: {
      when: ({ userText }) =>
        /\b(?:write|create|save|make|add|generate)\b/i.test(userText) &&
        (/\b(?:file|script|program|function|page|typescript|python|html|json|code)\b/i.test(userText) ||
          findFileName(userText) !== undefined),
    },
    reply: (conversation) => replyToWrite(conversation),
  },
  {
    name: 'demo: read file',
    match: {
      when: ({ userText }) =>
        /\b(?:read|show|open|cat|print|display)\b/i.test(userText) && findFileName(userText) !== undefined,
    },
    reply: (conversation) => replyToRead(conversation),
  },
];

function replyToList(conversation: Conversation): Reply | readonly Reply[] {
  const listed = conversation.toolCalls.findLast((call) => call.name === 'Bash' || call.name === 'Glob');
  if (listed?.result === undefined) {
    if (conversation.offersTool('Bash')) {
      return [
        say('I will look into the workspace.'),
        useTool('Bash', { command: 'ls -la', description: 'List the files of the workspace' }),
      ];
    }
    if (conversation.offersTool('Glob')) return useTool('Glob', { pattern: '**/*' });
    return say('This agent has no tool to list files with.');
  }
  if (listed.result.isError) return say(`That did not work:\n\n\`\`\`text\n${listed.result.text}\n\`\`\``);
  const names = listed.result.text
    .split('\n')
    .filter((line) => line !== '' && !/^total \d+$/.test(line) && !/\s\.{1,2}$/.test(line));
  if (names.length === 0)
    return say('The workspace is **empty**. Say **write a file hello.md** to put something into it.');
  return say(
    `There ${names.length === 1 ? 'is **1 entry**' : `are **${names.length} entries**`} in the workspace:\n\n\`\`\`text\n${names.slice(0, 40).join('\n')}\n\`\`\``,
  );
}

function replyToWrite(conversation: Conversation): Reply | readonly Reply[] {
  const name = toFileName(conversation.userText);
  const content = toFileContent(name, conversation.userText);
  const path = toPath(name, conversation);
  if (!conversation.offersTool('Write'))
    return say(`This agent may not write files. This is what I would write:\n\n${toFence(name, content)}`);
  const last = conversation.toolCalls.at(-1);
  if (last?.result === undefined) {
    return [say(`I will write \`${name}\`.`), useTool('Write', { file_path: path, content })];
  }
  if (last.name === 'Read') return useTool('Write', { file_path: path, content });
  if (last.result.isError) {
    // The CLI refuses to overwrite a file that was not read.
    const isUnread = /read it first|not been read/i.test(last.result.text) && countCalls(conversation, 'Read') === 0;
    return isUnread
      ? [say('It exists already, so I read it first.'), useTool('Read', { file_path: path })]
      : sayFailure(last);
  }
  const written = toInputText(last, 'file_path') || path;
  return say(
    `Done: \`${basename(written)}\` is in your workspace.\n\n${toFence(written, toInputText(last, 'content'))}\n\nSay **edit ${basename(written)}** to change it.`,
  );
}

function replyToEdit(conversation: Conversation): Reply | readonly Reply[] {
  const path = findEditedPath(conversation);
  if (!conversation.offersTool('Edit')) return say('This agent may not edit files.');
  const last = conversation.toolCalls.at(-1);
  if (last?.result === undefined)
    return [say(`I will read \`${basename(path)}\` first.`), useTool('Read', { file_path: path })];
  if (last.name === 'Read' && last.result.isError) {
    const content = toFileContent(path, '');
    return [say('It does not exist yet, so I create it.'), useTool('Write', { file_path: path, content })];
  }
  if (last.result.isError) return sayFailure(last);
  if (last.name === 'Edit') {
    const diff = toDiff(toFileEdit(last));
    return say(`Done: \`${basename(path)}\` is changed.\n\n\`\`\`diff\n${diff}\n\`\`\``);
  }
  const content = last.name === 'Write' ? toInputText(last, 'content') : toPlainText(last.result.text);
  const edit = toEdit(content, conversation.userText);
  if (edit === undefined)
    return say(
      `I found nothing in \`${basename(path)}\` that I could change that way. Try **replace "old words" with "new words"**.`,
    );
  return [say('Now the change.'), useTool('Edit', { file_path: path, ...edit })];
}

function replyToRead(conversation: Conversation): Reply | readonly Reply[] {
  const path = toPath(findFileName(conversation.userText) ?? 'README.md', conversation);
  const last = conversation.toolCalls.at(-1);
  if (last?.result === undefined) return useTool('Read', { file_path: path });
  if (last.result.isError) return sayFailure(last);
  return say(`This is \`${basename(path)}\`:\n\n${toFence(path, toPlainText(last.result.text))}`);
}

/** The file that the request names, else the last file that was written. */
function findEditedPath(conversation: Conversation): string {
  const started = toInputText(conversation.toolCalls[0], 'file_path');
  if (started !== '') return started;
  const named = findFileName(conversation.userText);
  if (named !== undefined) return toPath(named, conversation);
  const written = conversation.allToolCalls.findLast((call) => call.name === 'Write' && call.result?.isError === false);
  return toInputText(written, 'file_path') || toPath('hello.md', conversation);
}

/** Removes the line numbers from the result of Read. */
function toPlainText(numbered: string): string {
  return numbered.replace(/<system-reminder>[\s\S]*?<\/system-reminder>/g, '').replace(/^\s*\d+(?:\t|→)/gm, '');
}

function countCalls(conversation: Conversation, name: string): number {
  return conversation.toolCalls.filter((call) => call.name === name).length;
}

function sayFailure(call: ToolCall): Reply {
  return say(
    `**${call.name}** did not work:\n\n\`\`\`text\n${call.result?.text.replace(/<\/?tool_use_error>/g, '') ?? ''}\n\`\`\``,
  );
}
