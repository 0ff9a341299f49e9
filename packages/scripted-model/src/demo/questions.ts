import { say, useTool } from '../reply.ts';
import type { Scenario } from '../scenario.ts';

const questions = [
  {
    question: 'Which language shall the example be in?',
    header: 'Language',
    multiSelect: false,
    options: [
      { label: 'TypeScript (Recommended)', description: 'Runs in Node and in the browser' },
      { label: 'Python', description: 'Short and widely known' },
      { label: 'Rust', description: 'Fast, strict and compiled' },
    ],
  },
  {
    question: 'Which extras do you want?',
    header: 'Extras',
    multiSelect: true,
    options: [
      { label: 'Tests', description: 'A small test suite' },
      { label: 'Docs', description: 'A README with examples' },
      { label: 'CI', description: 'A workflow that runs the tests' },
    ],
  },
];

/** Asks two questions, one of them multiple choice, and repeats the answers. */
export const questionScenario: Scenario = {
  name: 'demo: questions',
  match: { userText: /\bask me\b|\bquestions?\b.*\bme\b|\bask (?:a|some) questions?\b|\binterview me\b/i },
  reply: (conversation) => {
    if (!conversation.offersTool('AskUserQuestion'))
      return say('This agent has no tool to ask questions with. What would you like me to know?');
    const asked = conversation.toolCalls.find((call) => call.name === 'AskUserQuestion');
    if (asked?.result === undefined)
      return [say('Two short questions before I begin.'), useTool('AskUserQuestion', { questions })];
    if (asked.result.isError) return say('The questions were not answered, so I go with the usual choices.');
    const answers = [...asked.result.text.matchAll(/"([^"]+)"\s*=\s*"([^"]*)"/g)];
    if (answers.length === 0) return say(`Thank you. This is what came back:\n\n> ${asked.result.text}`);
    const lines = answers.map(([, question, answer]) => `- ${question} **${answer}**`);
    return say(
      `Thank you! Your answers:\n\n${lines.join('\n')}\n\nWith a real model behind me I would now start to work on that.`,
    );
  },
};
