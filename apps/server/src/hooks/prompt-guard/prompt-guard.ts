import type { PromptGuardMode } from '@claude-sdk-pattern/protocol/v1';

import type { HookHandler, HookInputOf, HookVerdict } from '../hook-handler.ts';
import type { Finding, FindingKind } from './finding.ts';
import { scanText } from './scan-text.ts';

export interface PromptGuardDeps {
  /** As it is for the agent of the session at this moment. */
  mode(): PromptGuardMode;
  /** Tells people what was found, in a sentence or two. */
  notify(text: string): void;
}

const NAME = 'prompt_guard';
/** These only look, and only inside of what the policy lets them see. */
const LOOKING = new Set(['Read', 'Glob', 'Grep', 'TodoWrite', 'TaskList', 'TaskGet', 'TaskCreate', 'TaskUpdate']);
/** Nested deeper, a result of a tool is not looked through. */
const MAX_DEPTH = 8;

/**
 * Looks through what the agent of one session reads: results of tools and messages of people. A text that looks like an
 * attack is told to people. In the mode `ask` a person then decides every further call that does more than look, in the
 * mode `block` such calls are denied, both until the next message of a person.
 */
export class PromptGuard {
  readonly #deps: PromptGuardDeps;
  /** Where the attack came from, once there was one. */
  #suspect: { source: string; finding: Finding } | undefined;

  constructor(deps: PromptGuardDeps) {
    this.#deps = deps;
  }

  /** For the dispatcher of the session. A guard that fails denies the call. */
  get handlers(): HookHandler[] {
    return [
      { event: 'PreToolUse', name: NAME, onFailure: 'deny', handle: (call) => this.#judge(call) },
      { event: 'PostToolBatch', name: NAME, onFailure: 'skip', handle: (batch) => this.#readResults(batch) },
    ];
  }

  /** A person has sent a message: what was found before no longer counts. */
  readMessage(text: string): void {
    this.#suspect = undefined;
    if (this.#deps.mode() !== 'off') this.#note('The message', scanText(text, { isMessage: true }));
  }

  #readResults({ tool_calls: calls }: HookInputOf<'PostToolBatch'>): void {
    if (this.#deps.mode() === 'off') return;
    for (const { tool_name: tool, tool_response: response } of calls) {
      const texts = [...toTexts(response, 0)].join('\n');
      this.#note(`A result of ${tool}`, scanText(texts));
    }
  }

  #note(source: string, [finding]: readonly Finding[]): void {
    if (finding === undefined) return;
    this.#suspect = { source, finding };
    const { kind, excerpt } = finding;
    this.#deps.notify(`${source} ${KINDS[kind]}: “${excerpt}”.${CONSEQUENCES[this.#deps.mode()]}`);
  }

  #judge({ tool_name: tool }: HookInputOf<'PreToolUse'>): HookVerdict | undefined {
    const mode = this.#deps.mode();
    if (this.#suspect === undefined || mode === 'off' || mode === 'flag' || LOOKING.has(tool)) return undefined;
    const { source, finding } = this.#suspect;
    // The agent reads the reason, so it must not quote what was found.
    return { permission: mode === 'ask' ? 'ask' : 'deny', reason: `${source} ${KINDS[finding.kind]}` };
  }
}

const KINDS: Record<FindingKind, string> = {
  instruction: 'seems to give the agent instructions that are not yours',
  hidden_characters: 'has characters that cannot be seen',
  exfiltration: 'seems to make the agent carry data elsewhere',
};

const CONSEQUENCES: Record<PromptGuardMode, string> = {
  off: '',
  flag: '',
  ask: ' Until your next message you are asked about every call that does more than look.',
  block: ' Until your next message every call that does more than look is denied.',
};

function* toTexts(value: unknown, depth: number): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (depth < MAX_DEPTH && typeof value === 'object' && value !== null) {
    for (const each of Object.values(value)) yield* toTexts(each, depth + 1);
  }
}
