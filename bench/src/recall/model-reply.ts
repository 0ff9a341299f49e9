import { say, useTool, type Conversation, type Reply } from '@claude-sdk-pattern/scripted-model';

import { REPLY_TEXT } from '../reply-text.ts';
import { parseMessageText, toRecallAnswer } from './message-text.ts';

/** Three seconds for the reply text. */
const TALK_TOKENS_PER_SECOND = 50;
/** The file in a workspace that holds the token of each command that ran. */
export const TOOL_FILE = 'ran.txt';
/** More than the memory limit of any server that these messages are for. */
const EATEN_MB = 900;

/** What the model says to a message, from what is in its context alone. Pure. */
export function toModelReply(conversation: Conversation): Reply {
  const message = parseMessageText(conversation.userText);
  if (message === undefined) return say('Go on.');
  const command = toCommand(message);
  // The last call of the turn has its result, or was cut: it is never made again.
  if (command !== undefined && conversation.step === 0) return useTool('Bash', { command, description: 'Do as told' });
  if (message.kind === 'recall') return say(toRecallAnswer(readTokens(conversation)), { chunkSize: 400 });
  if (message.kind === 'talk') return say(REPLY_TEXT, { tokensPerSecond: TALK_TOKENS_PER_SECOND });
  return say(`Noted ${message.token}.`);
}

/** The token of every message, as often as it stands there. */
function readTokens(conversation: Conversation): string[] {
  return conversation.userTexts.flatMap((text) => parseMessageText(text)?.token ?? []);
}

function toCommand({ kind, token }: { kind: string; token: string }): string | undefined {
  switch (kind) {
    case 'tool':
      return `sleep 0.5 && echo ${token} >> ${TOOL_FILE} && sleep 0.5`;
    case 'leave':
      return `setsid sleep 86400 > /dev/null 2>&1 < /dev/null & echo ${token} >> ${TOOL_FILE}`;
    case 'eat':
      // tail holds its last line, which never ends; then nobody reads what it writes.
      return `head -c ${EATEN_MB}m /dev/zero | tail | sleep 30`;
    default:
      return undefined;
  }
}
