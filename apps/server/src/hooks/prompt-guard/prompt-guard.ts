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

/** After a crash nobody knows what the agent had read in its turn. */
const UNKNOWN = 'What the agent has read in this turn, before it was cut off, was not looked through';

/**
 * Looks through what the agent of one session reads: results of tools and messages of people. A text that looks like an
 * attack is told to people. In the mode `ask` a person then decides every further call that does more than look, in the
 * mode `block` such calls are denied, both until the next message of a person.
 */
export class PromptGuard {
  readonly #deps: PromptGuardDeps;
  /** What speaks against further calls; undefined while nothing does. */
  #suspicion: { reason: string; isFound: boolean } | undefined;

  constructor(deps: PromptGuardDeps) {
    this.#deps = deps;
  }

  /** For the dispatcher of the session: the results of a batch are looked through before the model reads them. */
  get handler(): HookHandler {
    return { event: 'PostToolBatch', name: NAME, onFailure: 'skip', handle: (batch) => this.#readResults(batch) };
  }

  /** The guard's say in a call; undefined where it has none. */
  judge(tool: string): HookVerdict | undefined {
    const mode = this.#deps.mode();
    if (this.#suspicion === undefined || mode === 'off' || mode === 'flag' || LOOKING.has(tool)) return undefined;
    const { reason, isFound } = this.#suspicion;
    return { permission: mode === 'block' && isFound ? 'deny' : 'ask', reason };
  }

  /** A person has sent a message: what was found before no longer counts. */
  async readMessage(text: string): Promise<void> {
    this.#suspicion = undefined;
    if (this.#deps.mode() !== 'off') this.#note('The message', await scanText(text, { isMessage: true }));
  }

  /** The turn goes on that a dead server left: people decide its further calls, whatever had been found. */
  continueUnknownTurn(): void {
    this.#suspicion = { reason: UNKNOWN, isFound: false };
  }

  async #readResults({ tool_calls: calls }: HookInputOf<'PostToolBatch'>): Promise<void> {
    if (this.#deps.mode() === 'off') return;
    for (const { tool_name: tool, tool_response: response } of calls) {
      this.#note(`A result of ${tool}`, await scanText([...toTexts(response, 0)].join('\n')));
    }
  }

  #note(source: string, [finding]: readonly Finding[]): void {
    if (finding === undefined) return;
    const { kind, excerpt } = finding;
    // The agent reads the reason, so it must not quote what was found.
    this.#suspicion = { reason: `${source} ${KINDS[kind]}`, isFound: true };
    this.#deps.notify(`${source} ${KINDS[kind]}: “${excerpt}”.${CONSEQUENCES[this.#deps.mode()]}`);
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
