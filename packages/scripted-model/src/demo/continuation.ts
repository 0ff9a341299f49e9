import { toConversation, type Conversation } from '../conversation.ts';
import { toBlocks, toText, type RequestBlock } from '../message-request.ts';
import { say } from '../reply.ts';
import type { Scenario } from '../scenario.ts';
import { findStep } from '../scenario.ts';

/** The texts that the buttons "Continue" and "Try again" send, and that people type. */
const ASKS_TO_CONTINUE = /^\W*(?:please\s+)?(?:continue|go on|carry on|try again|resume)\b/i;

/**
 * The server's message to an agent whose process died in a turn (`continue-turn.ts`). The CLI (2.1.330) puts a line
 * before it.
 */
const RECOVERY_NOTE = /The process that ran you ended unexpectedly/;

/** The text that the CLI writes in the model's name before the next message, if a turn was cut off. */
const PLACEHOLDER = 'No response requested.';

/**
 * Continues with what the person last asked for. After a recovery it continues at the point that the turn had reached;
 * otherwise from the beginning, because a script remembers no position in between.
 */
export function createContinuationScenario(others: readonly Scenario[]): Scenario {
  return {
    name: 'demo: continue',
    match: { when: (conversation) => ASKS_TO_CONTINUE.test(conversation.userText) || wasCutOff(conversation) },
    reply: (conversation) => {
      if (wasCutOff(conversation)) {
        const before = withoutRecovery(conversation);
        if (!ASKS_TO_CONTINUE.test(before.userText))
          return findStep(others, before)?.replies ?? say('Go on with what?');
      }
      const asked = conversation.userTexts.findLast(
        (text) => !ASKS_TO_CONTINUE.test(text) && !RECOVERY_NOTE.test(text),
      );
      if (asked === undefined) return say('There is nothing to go on with yet. Say **help** to see what I can do.');
      const step = findStep(others, { ...conversation, userText: asked });
      if (step === undefined) return say('Go on with what?');
      return conversation.step === 0 ? [say('I begin that again.'), ...step.replies] : step.replies;
    },
  };
}

function wasCutOff({ userText, lastToolCalls }: Conversation): boolean {
  return RECOVERY_NOTE.test(userText) || lastToolCalls.some(({ result }) => result?.text.startsWith(CUT_CALL) === true);
}

/**
 * How the CLI begins the result of a call that was not answered before its process died, for instance one that waited
 * for a person.
 */
const CUT_CALL = '[Tool call interrupted';

/** The conversation as if its process had not died: calls without an answer have not been made yet. */
function withoutRecovery({ request, isSubagent }: Conversation): Conversation {
  const cut = new Set(
    request.messages
      .flatMap(({ content }) => toBlocks(content))
      .filter((block) => block.type === 'tool_result' && toText(block.content).startsWith(CUT_CALL))
      .map((block) => block.tool_use_id),
  );
  const isOwn = ({ text = '', id, tool_use_id: answered }: RequestBlock) => {
    const call = id ?? answered;
    return text !== PLACEHOLDER && !RECOVERY_NOTE.test(text) && (call === undefined || !cut.has(call));
  };
  const messages = request.messages.map(({ role, content }) => ({ role, content: toBlocks(content).filter(isOwn) }));
  return toConversation({ ...request, messages: messages.filter(({ content }) => content.length > 0) }, isSubagent);
}
