import { hideTexts, type HiddenText } from '@claude-sdk-pattern/protocol';
import type { PromptGuardMode } from '@claude-sdk-pattern/protocol/v1';

import type { HookHandler, HookInputOf, HookVerdict } from '../hook-handler.ts';
import type { Finding, FindingKind } from './finding.ts';
import { scanText } from './scan-text.ts';

type ResultOfCall = HookInputOf<'PostToolBatch'>['tool_calls'][number];

export interface PromptGuardDeps {
  /** As it is for the agent of the session at this moment. */
  mode(): PromptGuardMode;
  /** What people are not shown of the call, and so not of its result; undefined where that is too much to search for. */
  findHidden(call: ResultOfCall): readonly HiddenText[] | undefined;
  /** Tells people what was found, in a sentence or two. */
  notify(text: string): void;
}

/** What people are told of a finding; without an excerpt where that holds a secret. */
type Found = Pick<Finding, 'kind'> & Partial<Pick<Finding, 'excerpt'>>;

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
    if (this.#deps.mode() !== 'off') this.#note('The message', (await scanText(text, { isMessage: true }))[0]);
  }

  /** The turn goes on that a dead server left: people decide its further calls, whatever had been found. */
  continueUnknownTurn(): void {
    this.#suspicion = { reason: UNKNOWN, isFound: false };
  }

  async #readResults({ tool_calls: calls }: HookInputOf<'PostToolBatch'>): Promise<void> {
    if (this.#deps.mode() === 'off') return;
    for (const call of calls) {
      const text = [...toTexts(call.tool_response, 0)].join('\n');
      const [finding] = await scanText(text);
      if (finding !== undefined)
        this.#note(`A result of ${call.tool_name}`, await this.#withoutSecrets(finding, call, text));
    }
  }

  /** The finding as it is without what people are not shown of the call. It was found in the text as it is. */
  async #withoutSecrets({ kind, excerpt }: Finding, call: ResultOfCall, text: string): Promise<Found> {
    const hidden = this.#deps.findHidden(call);
    if (hidden === undefined) return { kind };
    const shown = hideTexts(text, hidden);
    if (shown === text) return { kind, excerpt };
    return (await scanText(shown)).find((finding) => finding.kind === kind) ?? { kind };
  }

  #note(source: string, finding: Found | undefined): void {
    if (finding === undefined) return;
    const { kind, excerpt } = finding;
    // The agent reads the reason, so it must not quote what was found.
    this.#suspicion = { reason: `${source} ${KINDS[kind]}`, isFound: true };
    const quote = excerpt === undefined ? '' : `: “${excerpt}”`;
    this.#deps.notify(`${source} ${KINDS[kind]}${quote}.${CONSEQUENCES[this.#deps.mode()]}`);
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
