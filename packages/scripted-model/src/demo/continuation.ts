import { say } from '../reply.ts';
import type { Scenario } from '../scenario.ts';
import { findStep } from '../scenario.ts';

/** What the "Continue" and "Try again" buttons send, people write, and the platform says after a process died in a turn. */
const goOn =
  /^\W*(?:please\s+)?(?:continue|go on|carry on|try again|resume)\b|^The process that served you ended unexpectedly/i;

/** Goes on with what the person last asked for: from its beginning, as a script remembers no place in the middle. */
export function createContinuationScenario(others: readonly Scenario[]): Scenario {
  return {
    name: 'demo: continue',
    match: { when: (conversation) => goOn.test(conversation.userText) },
    reply: (conversation) => {
      const asked = conversation.userTexts.findLast((text) => !goOn.test(text));
      if (asked === undefined) return say('There is nothing to go on with yet. Say **help** to see what I can do.');
      const step = findStep(others, { ...conversation, userText: asked });
      if (step === undefined) return say('Go on with what?');
      return conversation.step === 0 ? [say('I begin that again.'), ...step.replies] : step.replies;
    },
  };
}
