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
 * What the model says to a message, from what is in its context alone. Pure. Words that are no message, such as those
 * that tell it to go on after a restart, change nothing about what it was asked.
 */
export function toModelReply(conversation: Conversation): Reply {
  const told = conversation.userTexts.flatMap(parseMessageTexts);
  const message = told.at(-1);
  if (message === undefined) return say('Nobody has asked for anything.');
  const command = toCommand(message);
  // A call that has its result, or was cut, is never made again.
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

/** Every command names its token, so no two messages ask for the same. */
function toCommand({ kind, token }: { kind: string; token: string }): string | undefined {
  switch (kind) {
    case 'tool':
      return `sleep 0.5 && echo ${token} >> ${TOOL_FILE} && sleep 0.5`;
    case 'leave':
      return `setsid sleep 86400 > /dev/null 2>&1 < /dev/null & echo ${token} >> ${TOOL_FILE}`;
    case 'eat':
      // tail holds its last line, which never ends; then nobody reads what it writes.
      return `echo ${token} > /dev/null; head -c ${EATEN_MB}m /dev/zero | tail | sleep 30`;
    default:
      return undefined;
  }
}
