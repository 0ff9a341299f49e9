import type { Conversation } from '../conversation.ts';
import type { Reply } from '../reply.ts';
import { say, useTool } from '../reply.ts';
import type { Scenario } from '../scenario.ts';

/** Prints the output of a test runner, with terminal colours. */
const testRun = [
  String.raw`printf '\033[1m\033[46m RUN \033[0m v1.0.0\n\n'`,
  String.raw`printf ' \033[32m✓\033[0m greet.test.ts \033[2m(3 tests)\033[0m \033[33m12ms\033[0m\n'`,
  String.raw`printf ' \033[32m✓\033[0m parse.test.ts \033[2m(8 tests)\033[0m \033[33m31ms\033[0m\n'`,
  String.raw`printf ' \033[33m↓\033[0m network.test.ts \033[2m(2 tests skipped)\033[0m\n\n'`,
  String.raw`printf '\033[2m Test Files \033[0m \033[1m\033[32m2 passed\033[0m \033[33m1 skipped\033[0m\n'`,
  String.raw`printf '\033[2m      Tests \033[0m \033[1m\033[32m11 passed\033[0m \033[33m2 skipped\033[0m\n'`,
].join(' && ');

const failingBuild = [
  `echo 'Building …'`,
  String.raw`printf '\033[31merror\033[0m greet.ts:2:10: Type string is not assignable to type number.\n' >&2`,
  'exit 1',
].join('; ');

/** Runs commands: the person's own, one that fails, and a test run in colour. */
export const shellScenarios: readonly Scenario[] = [
  {
    name: 'demo: command of the person',
    match: { userText: /\b(?:run|execute|command)\b[^`]*`[^`]+`/i },
    reply: (conversation) =>
      replyWithCommand(conversation, {
        command: /`([^`]+)`/.exec(conversation.userText)?.[1] ?? 'true',
        description: 'Run the command that was asked for',
      }),
  },
  {
    name: 'demo: error',
    match: { userText: /\b(?:errors?|fail|fails|failing|failure|crash|broken?)\b/i },
    reply: (conversation) =>
      replyWithCommand(conversation, { command: failingBuild, description: 'Build the example' }),
  },
  {
    name: 'demo: tests',
    match: {
      userText: /\b(?:run|execute|start)\b.*\b(?:tests?|suite|commands?|build|something)\b|\btests?\b|\bcommand\b/i,
    },
    reply: (conversation) => replyWithCommand(conversation, { command: testRun, description: 'Run the example tests' }),
  },
];

interface ShellInput {
  command: string;
  description: string;
}

function replyWithCommand(conversation: Conversation, input: ShellInput): Reply | readonly Reply[] {
  if (!conversation.offersTool('Bash')) return say('This agent may not run commands.');
  const ran = conversation.toolCalls.find((call) => call.name === 'Bash');
  if (ran?.result === undefined) return [say('I run it.'), useTool('Bash', { ...input })];
  const output = toPlain(ran.result.text);
  if (ran.result.isError) {
    const code = /^Exit code (\d+)/.exec(output)?.[1];
    const what = code === undefined ? 'The command failed' : `The command ended with **exit code ${code}**`;
    return say(
      `${what}. That is what it said:\n\n\`\`\`text\n${output.replace(/^Exit code \d+\n/, '')}\n\`\`\`\n\nThe session is fine: a failed command is an answer like any other, and I can go on from here.`,
    );
  }
  return say(
    `It ran without an error. Its last lines, without the colours:\n\n\`\`\`text\n${output.split('\n').slice(-8).join('\n')}\n\`\`\``,
  );
}

function toPlain(text: string): string {
  // eslint-disable-next-line no-control-regex -- the escape character is what is looked for
  return text.replace(/\u001b\[[0-9;]*m/g, '').trim();
}
