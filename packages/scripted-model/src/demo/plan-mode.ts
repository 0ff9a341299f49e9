import type { Conversation } from '../conversation.ts';
import type { Reply } from '../reply.ts';
import { say, useTool } from '../reply.ts';
import type { Scenario } from '../scenario.ts';

const plan = `# Plan

1. **Look**: read what is there
2. **Write**: add \`hello.md\` to the workspace
3. **Check**: read it once more
`;

/** In plan mode every request for a change becomes a plan that the person approves first. */
export const planModeScenario: Scenario = {
  name: 'demo: plan mode',
  match: {
    userText: /\b(?:plan|write|create|make|add|save|edit|change|build|implement)\b/i,
    when: (conversation) =>
      isInPlanMode(conversation) || conversation.toolCalls.some((call) => call.name === 'ExitPlanMode'),
  },
  reply: (conversation) => replyWithPlan(conversation),
};

function replyWithPlan(conversation: Conversation): Reply | readonly Reply[] {
  const last = conversation.toolCalls.at(-1);
  if (last?.name === 'ExitPlanMode') {
    return say('The plan is approved. Say **write a file hello.md** and I will carry it out.');
  }
  const file = /create your plan at (\S+\.md)\b/.exec(conversation.contextText)?.[1];
  if (last === undefined && file !== undefined && conversation.offersTool('Write')) {
    return [say('We are in plan mode, so I write a plan first.'), useTool('Write', { file_path: file, content: plan })];
  }
  return [say(`This is the plan:\n\n${plan}`), useTool('ExitPlanMode', { plan })];
}

function isInPlanMode({ contextText }: Conversation): boolean {
  return contextText.lastIndexOf('Plan mode is active') > contextText.lastIndexOf('Exited Plan Mode');
}
