import { classifyTool, type ToolClass } from '../tool-class.ts';
import { parseCommandPattern, UNKNOWN, type CommandPattern } from './command-pattern.ts';
import { matchesDomain } from './domain-pattern.ts';
import { parsePathPattern } from './path-pattern.ts';
import type { RuledCall, RuledPath, RuleMatch } from './ruled-call.ts';

export type RuleEffect = 'allow' | 'ask' | 'deny';

/** A rule, ready to be compared. */
export interface ParsedRule {
  /** Tool under which it is looked up, see `toLookupNames`; undefined for a rule that has to be compared with every call. */
  lookup: string | undefined;
  /** Of a rule for shell commands that is not for all of them: every command of a script has to be allowed by one. */
  command: CommandPattern | undefined;
  matches(call: RuledCall): RuleMatch;
}

/** Bash's parameters that a rule may name; all else behind `Bash(` is a command. */
const BASH_PARAMETERS: ReadonlySet<string> = new Set(['run_in_background', 'timeout', 'dangerouslyDisableSandbox']);
/** Fields that a tool's own specifiers are for. */
const CONTENT_FIELDS: ReadonlySet<string> = new Set(['command', 'file_path', 'path', 'notebook_path', 'url']);
/** A longer value is asked about: to compare it with thousands of rules would hold up everybody. */
const MAX_VALUE_CHARS = 10_000;
const EVERY_CALL = () => 'yes' as const;

/**
 * Parses a rule in Claude Code's syntax (code.claude.com/docs/en/permissions, August 2026): `Tool` or `Tool(specifier)`.
 * Pure.
 * @throws Error for what is no rule; the message says what to write instead.
 */
export function parseRule(rule: string, effect: RuleEffect): ParsedRule {
  const [, name, specifier] = /^([\w*-]+)(?:\((.*)\))?$/s.exec(rule) ?? [];
  if (name === undefined) throw new Error('Write Tool or Tool(specifier), such as Bash(git *) or Edit(src/**)');
  if (specifier?.trim() === '') throw new Error(`Write ${name} for every call of the tool`);
  if (name.includes('*')) return parseToolPattern(name, specifier, effect);
  if (!/^(mcp__|[A-Z])/.test(name)) throw new Error(`No tool is called ${name}; names of tools begin with a capital`);
  if (specifier === undefined || (specifier === '*' && (effect !== 'allow' || name === 'Bash')))
    return parseWholeTool(name);
  const toolClass = classifyTool(name);
  if (name === 'Bash') return parseCommandRule(specifier, effect);
  if (toolClass === 'read' || toolClass === 'edit') return parsePathRule(name, specifier, effect);
  if (name === 'WebFetch' && specifier.startsWith('domain:')) return parseDomainRule(specifier);
  if (!specifier.includes(':') && (name === 'Agent' || name === 'Task'))
    return parseFieldRule(name, 'subagent_type', specifier);
  if (!specifier.includes(':') && name === 'Skill') return parseFieldRule(name, 'skill', specifier);
  return parseParameterRule(name, specifier, effect);
}

/** The names under which the rules for a call of this tool are found. */
export function toLookupNames(toolName: string): string[] {
  const also: Partial<Record<ToolClass, string[]>> = {
    read: ['Read'],
    edit: ['Edit', 'Read'],
    shell: ['Bash', 'Edit', 'Read'],
  };
  const [, server] = /^(mcp__.+?)__/.exec(toolName) ?? [];
  const names = [toolName, ...(also[classifyTool(toolName)] ?? []), ...(server === undefined ? [] : [server])];
  if (toolName === 'Agent') names.push('Task');
  if (toolName === 'Task') names.push('Agent');
  return [...new Set(names)];
}

function parseToolPattern(name: string, specifier: string | undefined, effect: RuleEffect): ParsedRule {
  if (specifier !== undefined) throw new Error('A rule for several tools takes nothing in parentheses');
  if (effect === 'allow' && !/^mcp__[^*]+__/.test(name))
    throw new Error('A rule that allows names its server, such as mcp__github__*, or one tool');
  const pattern = parseCommandPattern(name);
  const [, server] = /^(mcp__[^*]+?)__/.exec(name) ?? [];
  return { lookup: server, command: undefined, matches: ({ toolName }) => toMatch(pattern.matches(toolName)) };
}

function parseWholeTool(name: string): ParsedRule {
  const toolClass = classifyTool(name);
  // `Read` and `Edit` are for all tools that read or edit, not for what a rule with a path covers besides.
  const isFamily = name === 'Read' || name === 'Edit';
  if (isFamily) {
    const matches = (call: RuledCall) => toMatch(classifyTool(call.toolName) === toolClass);
    return { lookup: name, command: undefined, matches };
  }
  return { lookup: name, command: undefined, matches: EVERY_CALL };
}

function parseCommandRule(specifier: string, effect: RuleEffect): ParsedRule {
  const [, parameter, value] = /^(\w+)\s*:(.*)$/s.exec(specifier) ?? [];
  if (parameter !== undefined && BASH_PARAMETERS.has(parameter)) return parseParameterRule('Bash', specifier, effect);
  if (parameter === 'command' && value !== '*')
    throw new Error('Write the command itself, such as Bash(rm *), not command:rm *');
  const pattern = parseCommandPattern(specifier);
  return {
    lookup: 'Bash',
    command: pattern,
    matches(call) {
      const script = call.script();
      if (script === undefined) return 'no';
      if (script.deniedTexts.some((text) => pattern.matches(text))) return 'yes';
      const isMaybe =
        script.doubt !== undefined ||
        script.deniedTexts.some((text) => text.includes(UNKNOWN) && pattern.mayMatch(text));
      return isMaybe ? 'maybe' : 'no';
    },
  };
}

function parsePathRule(name: string, specifier: string, effect: RuleEffect): ParsedRule {
  const pattern = parsePathPattern(specifier, effect === 'allow' ? 'narrow' : 'wide');
  const family = name === 'Read' || name === 'Edit' ? name : undefined;
  const toolClass = classifyTool(name);
  const isCovered = (toolName: string) => {
    if (family === undefined) return toolName === name;
    const given = classifyTool(toolName);
    return given === toolClass || (family === 'Read' && given === 'edit' && effect !== 'allow');
  };
  const fits = ({ given, real }: RuledPath) => {
    const isGiven = pattern.matches(given);
    const isReal = real !== undefined && pattern.matches(real);
    return effect === 'allow' ? isGiven && isReal : isGiven || isReal;
  };
  const kind = toolClass === 'edit' ? 'write' : 'read';
  return {
    lookup: name,
    command: undefined,
    matches(call) {
      const { paths } = call;
      if (isCovered(call.toolName)) {
        return toMatch(effect === 'allow' ? paths.length > 0 && paths.every(fits) : paths.some(fits));
      }
      if (family === undefined) return 'no';
      return (call.script()?.files ?? [])
        .filter((file) => file.kind === kind)
        .reduce<RuleMatch>((found, { target: { value } }) => {
          if (found === 'yes') return found;
          const path = value.includes(UNKNOWN) ? undefined : call.toPath(value);
          if (path === undefined) return 'maybe';
          return fits(path) ? 'yes' : found;
        }, 'no');
    },
  };
}

function parseDomainRule(specifier: string): ParsedRule {
  const pattern = specifier.slice('domain:'.length).trim();
  if (pattern === '' || /[\s/:]/.test(pattern)) throw new Error('Write a host, such as WebFetch(domain:*.example.com)');
  return {
    lookup: 'WebFetch',
    command: undefined,
    matches({ input }) {
      const url = input['url'];
      if (typeof url !== 'string' || !URL.canParse(url)) return 'no';
      return toMatch(matchesDomain(pattern, new URL(url).hostname));
    },
  };
}

function parseFieldRule(name: string, field: string, specifier: string): ParsedRule {
  const pattern = parseCommandPattern(specifier);
  return {
    lookup: name,
    command: undefined,
    matches: ({ input }) => matchValue(pattern, input[field]),
  };
}

function parseParameterRule(name: string, specifier: string, effect: RuleEffect): ParsedRule {
  const [, parameter, value] = /^\s*(\w+)\s*:\s*(.*?)\s*$/s.exec(specifier) ?? [];
  if (parameter === undefined || value === undefined || value === '')
    throw new Error(`${name} takes no ${specifier}; write ${name} for every call, or ${name}(parameter:value)`);
  if (CONTENT_FIELDS.has(parameter)) throw new Error(`A rule cannot name ${parameter}; write ${toSpecifierHint(name)}`);
  if (effect === 'allow') throw new Error('A parameter can be denied or asked about, but does not make a call safe');
  const pattern = parseCommandPattern(value);
  return {
    lookup: name,
    command: undefined,
    matches({ input }) {
      const given = Object.hasOwn(input, parameter) ? input[parameter] : undefined;
      const isScalar = typeof given === 'number' || typeof given === 'boolean';
      return matchValue(pattern, isScalar ? String(given) : given);
    },
  };
}

function matchValue(pattern: CommandPattern, value: unknown): RuleMatch {
  if (typeof value !== 'string') return 'no';
  return value.length > MAX_VALUE_CHARS ? 'maybe' : toMatch(pattern.matches(value));
}

function toSpecifierHint(name: string): string {
  return name === 'WebFetch' ? 'WebFetch(domain:example.com)' : `${name} for every call`;
}

function toMatch(isMatch: boolean): RuleMatch {
  return isMatch ? 'yes' : 'no';
}
