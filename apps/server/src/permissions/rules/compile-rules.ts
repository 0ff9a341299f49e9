import type { Role } from '../../identity/actor.ts';
import type { JudgedCommand, JudgedScript } from './judge-shell.ts';
import { parseRule, toLookupNames, type ParsedRule, type RuleEffect } from './parse-rule.ts';
import type { RuledCall } from './ruled-call.ts';
import { UNKNOWN } from './command-pattern.ts';

/** A rule as an administrator wrote it. */
export interface RuleText {
  effect: RuleEffect;
  /** In Claude Code's syntax. */
  rule: string;
  /** Only for sessions of people with one of these roles; undefined for all. */
  roles?: readonly Role[] | undefined;
  /** For people and for the agent. */
  reason?: string | undefined;
  /** Of an `ask` rule: somebody else than whoever asked for the work has to allow the call. */
  four_eyes?: boolean | undefined;
  /** Of an `ask` rule. */
  expires_in_seconds?: number | undefined;
}

/** Under which terms people are asked about a call. */
export interface AskTerms {
  fourEyes: boolean;
  /** Undefined: as the platform is set. */
  expiresInSeconds: number | undefined;
}

/** What the rules say of a call. */
export interface RuleAnswer {
  effect: RuleEffect;
  /** As they were written; several where several commands were allowed. */
  rules: readonly RuleText[];
  /** It may be what the rule says, which only the shell knows. */
  isMaybe: boolean;
  /** Of all rules that ask, the strictest of each; absent where no rule sets any. */
  terms?: AskTerms | undefined;
}

export interface CompiledRules {
  /** Whether any rule is for some roles only. */
  dependsOnRole: boolean;
  /** Undefined where no rule says anything. Deny wins, then ask. */
  evaluate(call: RuledCall, role: Role): RuleAnswer | undefined;
}

interface Entry {
  text: RuleText;
  parsed: ParsedRule;
}

/**
 * Parses rules once, for any number of calls. `onProblem` is for rules that another version stored: what such a rule may deny
 * is asked about, and what it may allow is not allowed.
 * @throws RuleError for the first that cannot be parsed, without `onProblem`.
 */
export function compileRules(
  rules: readonly RuleText[],
  { onProblem }: { onProblem?: (error: RuleError) => void } = {},
): CompiledRules {
  const byEffect = { deny: createLookup(), ask: createLookup(), allow: createLookup() };
  const withTerms = createLookup();
  for (const [index, text] of rules.entries()) {
    const parsed = parseAt(text, index, onProblem);
    if (parsed === undefined) continue;
    byEffect[text.effect].add({ text, parsed });
    if (text.effect === 'ask' && hasTerms(text)) withTerms.add({ text, parsed });
  }
  return {
    dependsOnRole: rules.some(({ roles }) => roles !== undefined),
    evaluate(call, role) {
      const names = toLookupNames(call.toolName);
      const find = (effect: RuleEffect) => byEffect[effect].find(names, role);
      let isMaybe: Entry | undefined;
      for (const effect of ['deny', 'ask'] as const) {
        for (const entry of find(effect)) {
          const match = entry.parsed.matches(call);
          const terms = match === 'yes' && effect === 'ask' ? findTerms(withTerms.find(names, role), call) : undefined;
          if (match === 'yes') return { effect, rules: [entry.text], isMaybe: false, ...(terms && { terms }) };
          if (match === 'maybe') isMaybe ??= entry;
        }
        if (isMaybe === undefined || effect === 'deny') continue;
        const terms = findTerms(withTerms.find(names, role), call);
        return { effect: 'ask', rules: [isMaybe.text], isMaybe: true, ...(terms && { terms }) };
      }
      const allowing = findAllowing([...find('allow')], call);
      return allowing && { effect: 'allow', rules: allowing, isMaybe: false };
    },
  };
}

function hasTerms({ four_eyes: fourEyes, expires_in_seconds: seconds }: RuleText): boolean {
  return fourEyes === true || seconds !== undefined;
}

/** A rule that may speak of the call counts as one that does. */
function findTerms(entries: Iterable<Entry>, call: RuledCall): AskTerms | undefined {
  const matching = [...entries].filter(({ parsed }) => parsed.matches(call) !== 'no').map(({ text }) => text);
  if (matching.length === 0) return undefined;
  const seconds = matching.flatMap(({ expires_in_seconds: each }) => each ?? []);
  return {
    fourEyes: matching.some(({ four_eyes: each }) => each === true),
    expiresInSeconds: seconds.length === 0 ? undefined : Math.min(...seconds),
  };
}

/** A rule that cannot be parsed. */
export class RuleError extends Error {
  override readonly name = 'RuleError';
  /** Of the rule in the list. */
  readonly index: number;

  constructor(index: number, message: string, cause: unknown) {
    super(message, { cause });
    this.index = index;
  }
}

function parseAt(
  { rule, effect }: RuleText,
  index: number,
  onProblem: ((error: RuleError) => void) | undefined,
): ParsedRule | undefined {
  try {
    return parseRule(rule, effect);
  } catch (error) {
    const problem = new RuleError(index, error instanceof Error ? error.message : String(error), error);
    if (onProblem === undefined) throw problem;
    onProblem(problem);
    return effect === 'allow' ? undefined : { lookup: undefined, command: undefined, matches: () => 'maybe' };
  }
}

function createLookup() {
  const byName = new Map<string, Entry[]>();
  const forAll: Entry[] = [];
  return {
    add(entry: Entry) {
      const { lookup } = entry.parsed;
      if (lookup === undefined) forAll.push(entry);
      else if (byName.has(lookup)) byName.get(lookup)?.push(entry);
      else byName.set(lookup, [entry]);
    },
    *find(names: readonly string[], role: Role): Generator<Entry> {
      for (const entries of [...names.map((name) => byName.get(name) ?? []), forAll]) {
        for (const entry of entries) {
          if (entry.text.roles === undefined || entry.text.roles.includes(role)) yield entry;
        }
      }
    },
  };
}

/** The rules that together allow the call. */
function findAllowing(entries: readonly Entry[], call: RuledCall): readonly RuleText[] | undefined {
  if (entries.length === 0) return undefined;
  const script = call.script();
  const ofCommands: Entry[] = [];
  const ofFiles: Entry[] = [];
  for (const entry of entries) {
    const { command, lookup } = entry.parsed;
    if (script !== undefined && command !== undefined) ofCommands.push(entry);
    else if (script !== undefined && (lookup === 'Edit' || lookup === 'Read')) ofFiles.push(entry);
    else if (entry.parsed.matches(call) === 'yes') return [entry.text];
  }
  return script && findAllowingScript(script, { ofCommands, ofFiles }, call);
}

/** Every command has to be allowed, and every file that the shell itself opens. */
function findAllowingScript(
  script: JudgedScript,
  { ofCommands, ofFiles }: { ofCommands: readonly Entry[]; ofFiles: readonly Entry[] },
  call: RuledCall,
): readonly RuleText[] | undefined {
  const whole = ofCommands.find(
    ({ parsed: { command } }) => command?.isExact === true && command.matches(script.source),
  );
  if (whole !== undefined) return [whole.text];
  if (script.doubt !== undefined || script.commands.length === 0) return undefined;
  const used = new Set<RuleText>();
  const use = (entry: Entry | undefined) => {
    if (entry !== undefined) used.add(entry.text);
    return entry !== undefined;
  };
  const isAllowed = (command: JudgedCommand): boolean => {
    const exact = ofCommands.find(
      ({ parsed }) =>
        parsed.command?.isExact === true && command.exactTexts.some((text) => parsed.command?.matches(text)),
    );
    if (use(exact)) return true;
    const own = ofCommands.find(({ parsed }) =>
      command.allowTexts.some((text) => parsed.command?.matches(text) === true),
    );
    if (own !== undefined) return use(own) && command.inner.every(isAllowed);
    return command.inner.length === 0 && command.allowTexts.some((text) => call.readsOnly(text));
  };
  const areOpen = script.redirections.every(({ kind, target: { value } }) => {
    if (value === '/dev/null') return true;
    const path = value.includes(UNKNOWN) ? undefined : call.toPath(value);
    if (path === undefined) return false;
    const tool = kind === 'write' ? 'Edit' : 'Read';
    const { input, readsOnly, toPath } = call;
    const asFile: RuledCall = { toolName: tool, input, readsOnly, toPath, paths: [path], script: () => undefined };
    return use(ofFiles.find(({ parsed }) => parsed.lookup === tool && parsed.matches(asFile) === 'yes'));
  });
  return areOpen && script.commands.every(isAllowed) && used.size > 0 ? [...used] : undefined;
}
