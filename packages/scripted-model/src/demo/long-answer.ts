import { say } from '../reply.ts';
import type { Scenario } from '../scenario.ts';
import { toTokens } from '../token-estimate.ts';

const tokensPerSecond = 40;
const leastSeconds = 32;
const mostNumbers = 5000;

/** A slow answer of at least half a minute, which people can interrupt. */
export const longAnswerScenario: Scenario = {
  name: 'demo: long answer',
  match: { userText: /\b(?:long|story|tale|essay|poem|slow(?:ly)?|count (?:up )?to|lorem)\b/i },
  reply: [
    (conversation) => {
      const limit = /count (?:up )?to (\d+)/i.exec(conversation.userText)?.[1];
      const text = limit === undefined ? toStory() : toNumbers(Math.min(Number(limit), mostNumbers));
      return say(text, { tokensPerSecond: Math.min(tokensPerSecond, toTokens(text) / leastSeconds) });
    },
  ],
};

function toNumbers(limit: number): string {
  return Array.from({ length: Math.max(1, limit) }, (_, index) => String(index + 1)).join(', ');
}

const places = [
  'the harbour',
  'the old mill',
  'a garden full of bees',
  'the station clock',
  'a narrow bridge',
  'the library',
  'a hill above the town',
  'the empty theatre',
  'a market at dawn',
  'the last lighthouse',
];
const finds = [
  'a folded map',
  'a brass key',
  'a letter without a name',
  'a lantern that still burned',
  'half a melody',
  'a door painted blue',
  'a notebook of numbers',
  'a friendly dog',
  'a bell without a tongue',
  'the way home',
];
const thoughts = [
  'Nobody had told it what to look for, and so it looked at everything.',
  'It wrote down what it saw, one line for each thing, and numbered the lines so that none would be lost.',
  'When the wind took a page, it went back to the last number that it knew and began again from there.',
  'People who came late were told the story so far, and then heard the rest together with the others.',
  'It had learned to wait without being idle, which is harder than it sounds.',
];

function toStory(): string {
  const chapters = places.map((place, index) => {
    const find = finds[index] ?? 'nothing at all';
    const sentences = Array.from({ length: 3 }, (_, offset) => thoughts[(index + offset) % thoughts.length]);
    return `### ${index + 1}. At ${place}\n\nOn the morning of day ${index + 1} the little process came to ${place}. There, where no one had looked for a long time, it found ${find}. ${sentences.join(' ')} Then it thanked ${place} for its patience, took ${find} along, and went on.`;
  });
  return `# The little process that kept its notes\n\nA long story, told slowly. Stop me whenever you like: what you have read so far stays.\n\n${chapters.join('\n\n')}\n\n*The end.*`;
}
