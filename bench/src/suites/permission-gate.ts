import { join } from 'node:path';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';

import { createPermissionGate, type PermissionGate } from '../../../apps/server/src/permissions/gate.ts';
import { compileRules, type RuleText } from '../../../apps/server/src/permissions/rules/compile-rules.ts';
import { interleave } from '../interleave.ts';
import { createSeries, type BenchContext, type Series } from '../series.ts';

const ROUNDS = { full: 400, quick: 100 };
const WARM_UP_ROUNDS = 50;
const RULES = 1000;

/** Calls as an agent makes them, most of which no rule speaks of: every rule for the tool is looked at. */
const CALLS: readonly [string, Record<string, unknown>][] = [
  ['Bash', { command: 'npm run build && npm test -- --reporter=dot 2>&1 | tail -40' }],
  ['Bash', { command: 'git add -A && git commit -m "Mend the parser"' }],
  ['Bash', { command: 'cat package.json' }],
  ['Read', { file_path: 'src/features/list/list-page.tsx' }],
  ['Edit', { file_path: 'src/features/list/list-page.tsx', old_string: 'a', new_string: 'b' }],
  ['WebFetch', { url: 'https://docs.example.com/guide' }],
  ['mcp__tracker__find_issue', { id: 7 }],
];

/** What 1,000 rules add to the decision about a tool call, against a gate without rules. */
export async function measurePermissionGate({ quick, signal }: BenchContext): Promise<Series[]> {
  await using root = await createWorkspaceDir({ 'workspace/package.json': '{}', 'workspace/src/features/list/x': '' });
  const without = createContender('gate.without', 'without rules', createGate(root.path, []));
  const withRules = createContender('gate.rules', `with ${RULES} rules`, createGate(root.path, toRules(RULES)));
  const contenders = { without: without.measure, withRules: withRules.measure };
  await interleave(contenders, { rounds: WARM_UP_ROUNDS, signal });
  for (const { series } of [without, withRules]) series.samples.length = 0;
  await interleave(contenders, { rounds: quick ? ROUNDS.quick : ROUNDS.full, signal });
  return [without.series, withRules.series];
}

function createContender(id: string, label: string, gate: PermissionGate) {
  const series = createSeries(`${id}.decision`, label);
  return {
    series,
    async measure() {
      for (const [toolName, input] of CALLS) {
        const startedAt = performance.now();
        gate.evaluate(toolName, input);
        series.samples.push(performance.now() - startedAt);
      }
    },
  };
}

/** As many kinds of rules as people write, in equal parts. */
function toRules(count: number): RuleText[] {
  const kinds: ((index: number) => RuleText)[] = [
    (index) => ({ effect: 'allow', rule: `Bash(tool-${index} *)` }),
    (index) => ({ effect: 'deny', rule: `Bash(* --force-${index} *)` }),
    (index) => ({ effect: 'ask', rule: `Bash(git push remote-${index}:*)` }),
    (index) => ({ effect: 'allow', rule: `Edit(packages/part-${index}/**)` }),
    (index) => ({ effect: 'deny', rule: `Read(**/secret-${index}/**)` }),
    (index) => ({ effect: 'deny', rule: `Edit(generated-${index}/*.ts)`, roles: ['user'] }),
    (index) => ({ effect: 'allow', rule: `WebFetch(domain:*.host-${index}.com)` }),
    (index) => ({ effect: 'deny', rule: `mcp__tracker__delete_${index}_*` }),
  ];
  const rounds = Array.from({ length: Math.ceil(count / kinds.length) }, (_, round) => round * kinds.length);
  return rounds.flatMap((start) => kinds.map((toRule, kind) => toRule(start + kind))).slice(0, count);
}

function createGate(root: string, rules: readonly RuleText[]): PermissionGate {
  const compiled = compileRules(rules);
  return createPermissionGate({
    guardVerdict: () => undefined,
    secretMode: () => 'ask',
    workspaceDir: () => join(root, 'workspace'),
    homeDir: () => join(root, 'home'),
    configDir: () => join(root, 'config'),
    mode: () => 'default',
    role: () => 'user',
    toolPolicy: () => 'auto',
    isCustomTool: () => false,
    sessionRules: () => new Set(),
    platformRules: () => compiled,
    mayRunWithoutApproval: () => true,
    mayNeverAsk: () => false,
  });
}
