import type { Pace, Scenario } from '../scenario.ts';
import { say } from '../reply.ts';

export type DemoOptions = Pace;

export function createDemoScenarios(options: DemoOptions = {}): Scenario[] {
  return [{ name: 'demo', reply: () => say('Hello from the offline demo model.'), pace: { tokensPerSecond: 80, firstTokenDelayMs: 250, ...options } }];
}
