import { say } from '../reply.ts';
import type { Scenario } from '../scenario.ts';

/** Answers that the demo has no network access. */
export const webScenario: Scenario = {
  name: 'demo: web',
  match: {
    userText: /\b(?:search (?:the )?(?:web|internet|online)|google|browse|look up|weather|news|stock price)\b/i,
  },
  reply: [
    say(
      'I cannot search the web: this is the **offline demo model**, and anything that I said about the outside world would be made up.\n\nWith `ANTHROPIC_API_KEY` set, Claude can use its WebSearch and WebFetch tools here, with your approval.',
    ),
  ],
};
