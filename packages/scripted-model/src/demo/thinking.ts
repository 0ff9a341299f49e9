import { say, think } from '../reply.ts';
import type { Scenario } from '../scenario.ts';

const thoughts = `The person wants to see me think before I answer.

I have no knowledge of my own here: I am a script. But I can show what the stream of a thinking model looks like, and why it is useful.

First, what is being asked? A demonstration. Second, what would make it good? A thought with some structure, of a length that can be read along, and an answer that follows from it. Third, what should I leave out? Claims about the world that a script cannot make.

So: a short answer that names the steps.`;

/** A thinking block, then the answer. */
export const thinkingScenario: Scenario = {
  name: 'demo: thinking',
  match: { userText: /\b(?:think|thinking|reason|ponder|consider)\b/i },
  reply: [
    [
      think(thoughts),
      say(
        'I thought about it first; the interface shows that thought apart from this answer.\n\n1. **What is asked?** A demonstration of thinking.\n2. **What helps?** Structure, and a length that can be followed.\n3. **What stays out?** Anything that a script cannot know.\n\nA real model thinks the same way in the stream, only about your question.',
      ),
    ],
  ],
};
