import {
  forEachChild,
  parse,
  type Assignment,
  type Command,
  type ParameterOperation,
  type SyntaxNode,
  type Word,
  type WordPart,
} from 'unbash';

import { UNKNOWN } from './command-pattern.ts';

/** A word of a command. */
export interface ShellWord {
  /** What the program gets, with `UNKNOWN` for what only the shell knows. */
  value: string;
  /** As it is written. */
  text: string;
}

/** A command without its redirections. */
export interface ShellCommand {
  words: readonly ShellWord[];
  /** Variables that are set for the command, or for the rest of the script where it has no words. */
  assignments: readonly { name: string; text: string; isFixed: boolean }[];
}

/** What a redirection opens. */
export interface ShellFile {
  kind: 'read' | 'write';
  target: ShellWord;
}

export interface ShellScript {
  /** Every command that the script may run itself, those in substitutions, heredocs and branches included. */
  commands: ShellCommand[];
  files: ShellFile[];
  /** Why there may be more than that, as a sentence; undefined where there is none. */
  doubt: string | undefined;
}

/** Said of a script beyond a bound. */
export const TOO_MUCH = 'The command is too long to be understood';

/** Longer scripts are not looked into; Claude Code has the same bound. */
export const MAX_CHARS = 10_000;
/** Of expansions in expansions. The parser reads the rest of a word anew for each. */
const MAX_EXPANSIONS = 8;

/** What is understood besides words: sequences, pipes, groups, branches and loops. */
const PLAIN_NODES: ReadonlySet<string> = new Set([
  ...['Script', 'Statement', 'CompoundList', 'AndOr', 'Pipeline', 'Time', 'Negation', 'Command', 'Redirected'],
  ...['Subshell', 'BraceGroup', 'If', 'Elif', 'While', 'For', 'Case', 'CaseItem', 'Word', 'Assignment', 'ArrayValue'],
  ...['Redirect', 'HereString', 'HereDoc', 'HereDocBody', 'HereDocDelimiter', 'FileDescriptor'],
  ...['Literal', 'SingleQuoted', 'DoubleQuoted', 'AnsiCQuoted', 'Glob', 'BraceExpansion', 'SimpleExpansion'],
  ...['ParameterExpansion', 'CommandExpansion', 'ProcessSubstitution'],
]);
/** Of `${name…}`: those that read the variable and no more. `${name@P}` runs what its value says. */
const PLAIN_OPERATIONS: ReadonlySet<string> = new Set(['Default', 'Remove', 'Replace', 'CaseModification']);

/**
 * Finds what a Bash script may run, without running it. Errs towards doubt: arithmetic with variables, functions, and
 * whatever Bash reads in a way of its own are not understood.
 */
export function parseShellScript(source: string): ShellScript {
  const script: ShellScript = { commands: [], files: [], doubt: undefined };
  const doubt = (reason: string) => (script.doubt ??= reason);
  if (source.length > MAX_CHARS) {
    doubt(TOO_MUCH);
    return script;
  }
  if (HIDDEN.test(source)) doubt('The command has characters that cannot be seen');
  try {
    const root = parse(source);
    visit(root, { script, source, expansions: 0, doubt });
  } catch {
    doubt('The command cannot be understood');
  }
  return script;
}

/** Control characters but for tab and line feed, and those of Unicode that are not drawn or turn the direction. */
const HIDDEN = /[^\P{C}\t\n]|[\u2028\u2029]|[^\P{Zs} ]/u;

interface Visit {
  script: ShellScript;
  source: string;
  /** How many the node is in. */
  expansions: number;
  doubt(reason: string): void;
}

function visit(node: SyntaxNode, context: Visit): void {
  const { script, doubt } = context;
  if ('errors' in node && node.errors !== undefined && node.errors.length > 0) doubt('The command is not complete');
  // A script in escaped backticks has positions in a text of its own.
  const inner = node.type === 'Script' && node.source !== undefined ? { ...context, source: node.source } : context;
  if (!PLAIN_NODES.has(node.type)) {
    if (!isOperation(node)) doubt(`The command has what is not understood: ${toSpoken(node.type)}`);
  } else if (node.type === 'Command') script.commands.push(toCommand(node));
  else if (node.type === 'ParameterExpansion') {
    const { prefix, operation } = node;
    const isPlain = operation === undefined || (PLAIN_OPERATIONS.has(operation.type) && !sets(operation));
    if (prefix === '!' || !isPlain) doubt(`The command reads a variable in a way that is not understood: ${node.text}`);
    if (node.index !== undefined && /[^\d@*]/.test(node.index.text)) doubt('The command computes an index');
  } else if (node.type === 'Assignment' && node.index !== undefined) doubt('The command computes an index');
  // A loop over `PATH` decides which programs run.
  else if (node.type === 'For' && !/^[a-z_][a-z\d_]*$/.test(node.name.text))
    doubt('A loop changes a variable of the shell');
  else if (node.type === 'CommandExpansion' || node.type === 'ProcessSubstitution') {
    if (node.script === undefined) doubt('A substitution cannot be understood');
  } else if (node.type === 'HereDoc') {
    if (node.closing === undefined) doubt('The command is not complete');
  } else if (node.type === 'Redirect') {
    // `2>&1` and `>&-` open no file.
    const isCopy = (node.operator === '>&' || node.operator === '<&') && /^(\d+-?|-)$/.test(node.target?.text ?? '');
    if (node.target === undefined) doubt('A redirection cannot be understood');
    else if (!isCopy) {
      const target = toShellWord(node.target);
      if (node.operator !== '<' && node.operator !== '<&') script.files.push({ kind: 'write', target });
      if (node.operator.startsWith('<')) script.files.push({ kind: 'read', target });
    }
  }
  const expansions = inner.expansions + (/(Expansion|Substitution)$/.test(node.type) ? 1 : 0);
  if (expansions > MAX_EXPANSIONS) doubt(TOO_MUCH);
  else forEachChild(node, (child) => visit(child, { ...inner, expansions }));
}

function sets(operation: ParameterOperation): boolean {
  return operation.type === 'Default' && operation.operator.endsWith('=');
}

/** Operations of `${name…}` are judged where the parameter is. */
function isOperation(node: SyntaxNode): boolean {
  return PLAIN_OPERATIONS.has(node.type);
}

function toSpoken(type: string): string {
  return type.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}

function toCommand({ name, prefix, suffix }: Command): ShellCommand {
  const assignments = prefix.filter((each) => each.type === 'Assignment').map(toAssignment);
  const words = suffix.flatMap((each) => {
    if (each.type === 'Word') return [toShellWord(each)];
    // `export A=b`: a word that Bash reads as an assignment.
    return each.type === 'Assignment' ? [{ value: toKnown(each.text), text: each.text }] : [];
  });
  return { words: name === undefined ? [] : [toShellWord(name), ...words], assignments };
}

function toAssignment({ name, text, value, append, index }: Assignment): ShellCommand['assignments'][number] {
  const isFixed = value.type === 'Word' && isFixedWord(toShellWord(value)) && append !== true && index === undefined;
  return { name, text, isFixed };
}

/** A text in which a character may have a meaning is not known. */
function toKnown(text: string): string {
  return /^[\w./=:,+@%-]*$/.test(text) ? text : `${text.replace(/[^\w./=:,+@%-].*$/s, '')}${UNKNOWN}`;
}

function toShellWord(word: Word): ShellWord {
  const text = word.text.replaceAll('\\\n', '');
  if (text.startsWith('~')) return { value: `${UNKNOWN}${text.replace(/^~[^/]*/, '')}`, text };
  const value = word.parts === undefined ? word.value : word.parts.map(toValue).join('');
  return { value: value.replaceAll(UNKNOWNS, UNKNOWN), text };
}

const UNKNOWNS = new RegExp(`${UNKNOWN}+`, 'g');

function toValue(part: WordPart): string {
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return part.value;
    case 'DoubleQuoted':
      return part.parts.map(toValue).join('');
    default:
      return UNKNOWN;
  }
}

/** Whether the program gets exactly the value of the word. */
export function isFixedWord({ value }: ShellWord): boolean {
  return !value.includes(UNKNOWN);
}
