import type { Conversation } from '../conversation.ts';
import { say } from '../reply.ts';
import type { Scenario } from '../scenario.ts';

const introduction = /\b(?:my name is|i am called|call me|i'm called)\s+([\p{L}][\p{L}'-]*)/iu;
const toRemember = /\bremember\s+(?:that\s+|this:?\s+)?(.+)/i;

/** Answers from the person's earlier messages in the conversation; nothing is stored elsewhere. */
export const memoryScenarios: readonly Scenario[] = [
  {
    name: 'demo: name asked',
    match: { userText: /what(?:'s| is) my name|who am i|do you (?:know|remember) (?:me|my name)/i },
    reply: [(conversation) => say(toNameAnswer(conversation))],
  },
  {
    name: 'demo: earlier words asked',
    match: {
      userText:
        /what (?:did|have) (?:i|we) (?:say|said|ask|asked|tell|told|talk|write|written|do|done)|what (?:should|did) you remember|what do you remember|summari[sz]e (?:this|our|the) (?:chat|conversation)|repeat what i/i,
    },
    reply: [(conversation) => say(toRecollection(conversation))],
  },
  {
    name: 'demo: introduction',
    match: { userText: introduction },
    reply: [
      (conversation) =>
        say(
          `Nice to meet you, **${findName([conversation.userText]) ?? 'friend'}**! I will find your name again in our conversation: ask me *what is my name?* at any time, even after the server was restarted.`,
        ),
    ],
  },
  {
    name: 'demo: remember',
    match: { userText: /^\W*(?:please\s+)?remember\b/i },
    reply: [say('Noted: it stands in our conversation. Ask me **what did I say?** later.')],
  },
];

function toNameAnswer(conversation: Conversation): string {
  const name = findName(toEarlierTexts(conversation));
  return name === undefined
    ? 'You have not told me your name yet. Say **my name is …** and ask me again.'
    : `Your name is **${name}**. You told me earlier in this conversation.`;
}

function findName(texts: readonly string[]): string | undefined {
  return texts.map((text) => introduction.exec(text)?.[1]).findLast((name) => name !== undefined);
}

function toRecollection(conversation: Conversation): string {
  const earlier = toEarlierTexts(conversation);
  if (earlier.length === 0) return 'This is the first thing that you say in this conversation.';
  const lines = earlier.map((text, index) => `${index + 1}. ${text.replace(/\s+/g, ' ').slice(0, 200)}`);
  const remembered = earlier.map((text) => toRemember.exec(text)?.[1]).findLast((text) => text !== undefined);
  const note = remembered === undefined ? '' : `\n\nYou asked me to remember: **${remembered}**`;
  return `Earlier in this conversation you said:\n\n${lines.join('\n')}${note}`;
}

/** The texts of earlier turns, and those in a compaction's summary. */
function toEarlierTexts(conversation: Conversation): readonly string[] {
  const summarised = [...(conversation.summary ?? '').matchAll(/^\s*- (.+)$/gm)].map((line) => line[1] ?? '');
  return [...summarised, ...conversation.userTexts.slice(0, -1)];
}
