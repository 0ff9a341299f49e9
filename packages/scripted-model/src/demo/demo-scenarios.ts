import type { Pace, Scenario } from '../scenario.ts';
import { createContinuationScenario } from './continuation.ts';
import { delegationScenarios } from './delegation.ts';
import { denialScenario } from './denial.ts';
import { fileScenarios } from './files.ts';
import { greetingScenarios } from './greeting.ts';
import { longAnswerScenario } from './long-answer.ts';
import { markdownScenario } from './markdown-tour.ts';
import { memoryScenarios } from './memory.ts';
import { planModeScenario } from './plan-mode.ts';
import { questionScenario } from './questions.ts';
import { shellScenarios } from './shell.ts';
import { thinkingScenario } from './thinking.ts';
import { toDoListScenario } from './to-do-list.ts';
import { toolScenarios } from './tools.ts';
import { webScenario } from './web.ts';

/** Speed of the demo; by default about as fast as a large model. */
export type DemoOptions = Pace;

/**
 * The offline demo: a model that understands only keywords, but uses the real tools of the CLI. The first scenario that
 * matches answers, so the most likely meaning of a sentence comes first.
 */
export function createDemoScenarios(options: DemoOptions = {}): Scenario[] {
  const pace: Pace = { tokensPerSecond: 80, firstTokenDelayMs: 250, ...options };
  const scenarios = [
    ...delegationScenarios.filter((scenario) => scenario.match?.subagent),
    denialScenario,
    ...memoryScenarios,
    questionScenario,
    planModeScenario,
    ...delegationScenarios.filter((scenario) => !scenario.match?.subagent),
    toDoListScenario,
    ...toolScenarios,
    webScenario,
    ...shellScenarios,
    ...fileScenarios,
    thinkingScenario,
    longAnswerScenario,
    markdownScenario,
    ...greetingScenarios,
  ];
  const paced = scenarios.map((scenario) => ({ ...scenario, pace: { ...pace, ...scenario.pace } }));
  return [{ ...createContinuationScenario(paced), pace }, ...paced];
}
