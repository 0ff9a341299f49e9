import type { Conversation } from '../conversation.ts';
import { toInputText } from '../conversation.ts';
import type { Reply } from '../reply.ts';
import { say, useTool } from '../reply.ts';
import type { Scenario } from '../scenario.ts';

const jobs = [
  {
    description: 'Survey the workspace',
    prompt: 'Find out which files are in the workspace and report what you see in two or three sentences.',
    subagent_type: 'general-purpose',
  },
  {
    description: 'Look at the machine',
    prompt: 'Find out which system this is and report its name in one sentence. Use the command uname.',
    subagent_type: 'general-purpose',
  },
];

/** Delegates work to subagents, and plays the subagents themselves. */
export const delegationScenarios: readonly Scenario[] = [
  { name: 'demo: subagent', match: { subagent: true }, reply: (conversation) => replyAsSubagent(conversation) },
  {
    name: 'demo: delegate',
    match: { userText: /\b(?:delegate|sub-?agents?|research|investigate|explore|agents? in parallel)\b/i },
    reply: (conversation) => replyToDelegate(conversation),
  },
];

function replyToDelegate(conversation: Conversation): Reply | readonly Reply[] {
  if (!conversation.offersTool('Agent')) return say('This agent may not start subagents.');
  const delegated = conversation.toolCalls.filter((call) => call.name === 'Agent');
  if (delegated.length === 0) {
    const isParallel = /\b(?:parallel|two|both|several|sub-?agents|agents)\b/i.test(conversation.userText);
    const chosen = isParallel ? jobs : jobs.slice(0, 1);
    // In the foreground, so that the turn ends with the reports.
    const calls = chosen.map((job) => useTool('Agent', { ...job, run_in_background: false }));
    return [say(isParallel ? 'I hand this to two subagents, side by side.' : 'I hand this to a subagent.'), ...calls];
  }
  const reports = delegated.map(
    (call) => `### ${toInputText(call, 'description')}\n\n${toReport(call.result?.text ?? '')}`,
  );
  return say(`The work is done. This is what came back:\n\n${reports.join('\n\n')}`);
}

function replyAsSubagent(conversation: Conversation): Reply | readonly Reply[] {
  const ran = conversation.toolCalls.find((call) => call.name === 'Bash');
  if (ran?.result === undefined) {
    if (!conversation.offersTool('Bash'))
      return say('I have no tool to look around with, so there is nothing to report.');
    const isSystem = /\buname\b/.test(conversation.userText);
    const input = isSystem
      ? { command: 'uname -sr', description: 'Show the name of the system' }
      : { command: 'ls -A', description: 'List the files of the workspace' };
    return [say('I take a look.'), useTool('Bash', input)];
  }
  if (ran.result.isError) return say(`I could not look around: ${ran.result.text}`);
  const lines = ran.result.text.split('\n').filter((line) => line.trim() !== '' && !/no output/.test(line));
  if (toInputText(ran, 'command').startsWith('uname')) return say(`The system is ${lines[0] ?? 'unknown'}.`);
  const names = lines.slice(0, 10).map((line) => `\`${line}\``);
  return say(
    lines.length === 0
      ? 'The workspace is empty.'
      : `The workspace holds ${lines.length} entries: ${names.join(', ')}${lines.length > 10 ? ', …' : ''}.`,
  );
}

/** The subagent's text, without the frame that the CLI adds. */
function toReport(result: string): string {
  const framed = /The report follows:\n([\s\S]*?)(?:\nagentId:|$)/.exec(result)?.[1] ?? result;
  return framed.replace(/^ {2}/gm, '').trim();
}
