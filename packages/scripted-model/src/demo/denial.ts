import { basename } from 'node:path';
import type { Conversation, ToolCall } from '../conversation.ts';
import { toInputText } from '../conversation.ts';
import type { Reply } from '../reply.ts';
import { say, useTool } from '../reply.ts';
import type { Scenario } from '../scenario.ts';
import { toDiff, toFileEdit } from './file-edit.ts';
import { findFileName, toFence, toPath } from './file-content.ts';

/** Matches a tool's own failure. Any other error is the text of a person or a policy. */
const ownFailure =
  /^(?:Exit code|<tool_use_error>|Error|Command|Unable to|Shell|File |EACCES|ENOENT|\[Request interrupted)/;

/** The denied call of the last answered step. */
function findDenial(conversation: Conversation): ToolCall | undefined {
  return conversation.lastToolCalls.find((call) => call.result?.isError === true && !ownFailure.test(call.result.text));
}

/** Treats a denial as guidance: acknowledges it and does the next best thing. */
export const denialScenario: Scenario = {
  name: 'demo: denied',
  match: { when: (conversation) => findDenial(conversation) !== undefined },
  reply: (conversation) => {
    const call = findDenial(conversation);
    return call === undefined ? say('OK.') : adapt(call, conversation);
  },
};

function adapt(call: ToolCall, conversation: Conversation): readonly Reply[] {
  const guidance = toGuidance(call.result?.text ?? '');
  const heard =
    guidance === undefined ? `Understood, I will not use **${call.name}** here.` : `Understood: *${guidance}*`;
  const other = findFileName(guidance ?? '');
  if (call.name === 'Write' && other !== undefined && other !== basename(toInputText(call, 'file_path'))) {
    const input = { ...call.input, file_path: toPath(other, conversation) };
    return [say(`${heard}\n\nThen I write \`${other}\` instead.`), useTool('Write', input)];
  }
  return [say(`${heard}\n\n${toAlternative(call)}`)];
}

function toAlternative(call: ToolCall): string {
  switch (call.name) {
    case 'Write':
      return `Nothing was written. This is what the file would have held, for you to use as you like:\n\n${toFence(toInputText(call, 'file_path'), toInputText(call, 'content'))}`;
    case 'Edit':
      return `The file is as it was. This is the change I had in mind:\n\n\`\`\`diff\n${toDiff(toFileEdit(call))}\n\`\`\``;
    case 'Bash':
      return `The command did not run:\n\n\`\`\`sh\n${toInputText(call, 'command')}\n\`\`\`\n\nYou can run it yourself and tell me what it printed, or ask me for something else.`;
    case 'AskUserQuestion':
      return 'I will not ask, then, and go with the usual choices.';
    case 'Agent':
      return 'I will not delegate this, then, and stay with it myself.';
    default:
      return 'Tell me how you would like to go on.';
  }
}

/** The person's own text, without what the CLI and the platform add for the model. */
function toGuidance(text: string): string | undefined {
  const said = /the user said:\s*([\s\S]+)/i.exec(text)?.[1] ?? text;
  if (/^The user (?:doesn't want to|does not want this)/.test(said) || /haven't granted it yet/.test(said))
    return undefined;
  const line = said.replace(/\s+/g, ' ').trim();
  return line === '' ? undefined : line.slice(0, 300);
}
