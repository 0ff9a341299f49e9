import { say } from '../reply.ts';
import type { Scenario } from '../scenario.ts';

/** What people can ask the demo for, as a Markdown list. */
const suggestions = `- **list files**: runs \`ls\` in the workspace
- **write a file hello.md**, then **edit hello.md**: real files, with your approval
- **run the tests**: a command with coloured output; **run \`uname -a\`**: any command of yours
- **make a plan**: a to-do list that fills up step by step
- **ask me something**: two questions with buttons
- **delegate this to a subagent**: another agent does the work and reports
- **think about it**: thinking first, then the answer
- **tell me a long story**: half a minute of text, good for trying *Stop*
- **show me Markdown**: headings, tables, lists and code
- **list the tools**, then **use the tool NAME**, also **use the tool NAME with {"key": "value"}**: tools of plugins and MCP servers
- **trigger an error**: a command that fails
- **my name is Ada**, and later **what is my name?**: memory, also after a restart`;

const howToGoLive = `I am the **offline demo model**: no API key is set, so I follow a script and understand only keywords. The tools, files and approvals are real.

To talk to Claude, set \`ANTHROPIC_API_KEY\` and start the server again.`;

/** Answers greetings, requests for help, thanks, and everything that no other scenario matches. */
export const greetingScenarios: readonly Scenario[] = [
  {
    name: 'demo: greeting',
    match: {
      userText:
        /^\W*(hi|hello|hey|hallo|moin|good (morning|afternoon|evening)|help|start)\b|what can you do|who are you|what are you/i,
    },
    reply: [say(`## Hello!\n\n${howToGoLive}\n\nTry one of these:\n\n${suggestions}\n`)],
  },
  {
    name: 'demo: thanks',
    match: { userText: /^\W*(thanks|thank you|cheers|great|nice|cool|ok(ay)?|bye|goodbye)\b/i },
    reply: [say('You are welcome! Say **help** to see what else this demo can show.')],
  },
  {
    name: 'demo: default',
    reply: [
      (conversation) =>
        say(
          `You said: *${toQuote(conversation.userText)}*\n\nThat is beyond my script. ${howToGoLive}\n\nMeanwhile, these work offline:\n\n${suggestions}\n`,
        ),
    ],
  },
];

function toQuote(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}
