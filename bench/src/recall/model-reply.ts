import { say, useTool, type Conversation, type Reply } from '@claude-sdk-pattern/scripted-model';

import { REPLY_TEXT } from '../reply-text.ts';
import { parseMessageTexts, toRecallAnswer } from './message-text.ts';

/** Three seconds for the reply text. */
const TALK_TOKENS_PER_SECOND = 50;
/** The file in a workspace that holds the token of each command that ran. */
export const TOOL_FILE = 'ran.txt';
/** More than the memory limit of any server that these messages are for. */
const EATEN_MB = 900;

/**
 * The model's reply to a message, from its context alone. Pure. Texts that are not messages, such as the prompt to
 * continue after a restart, do not change the current instruction.
 */
export function toModelReply(conversation: Conversation): Reply {
  const told = conversation.userTexts.flatMap(parseMessageTexts);
  const message = told.at(-1);
  if (message === undefined) return say('Nobody has asked for anything.');
  const command = toCommand(message);
  // A call that has a result or was cut off is never made again.
  if (command !== undefined && !wasCalled(conversation, command)) {
    return useTool('Bash', { command, description: 'Do as told' });
  }
  if (message.kind === 'recall') {
    return say(toRecallAnswer(told.map(({ token }) => token)), { chunkSize: 400 });
  }
  if (message.kind === 'talk') return say(REPLY_TEXT, { tokensPerSecond: TALK_TOKENS_PER_SECOND });
  return say(`Noted ${message.token}.`);
}

function wasCalled(conversation: Conversation, command: string): boolean {
  return conversation.allToolCalls.some(({ input }) => input['command'] === command);
}

/** Every command names its token, so that no two commands are equal. */
function toCommand({ kind, token }: { kind: string; token: string }): string | undefined {
  switch (kind) {
    case 'tool':
      return `sleep 0.5 && echo ${token} >> ${TOOL_FILE} && sleep 0.5`;
    case 'leave':
      return `setsid sleep 86400 > /dev/null 2>&1 < /dev/null & echo ${token} >> ${TOOL_FILE}`;
    case 'eat':
      // `tail` keeps its last line in memory, and this line never ends.
      return `echo ${token} > /dev/null; head -c ${EATEN_MB}m /dev/zero | tail | sleep 30`;
    default:
      return undefined;
  }
}
