import { stamp, toEvent, type TranslationContext, type TranslationOutput } from './translation.ts';
import type { Cut } from './translation-state.ts';

/** The API's stop reasons of an incomplete answer. */
const CUTS: Readonly<Record<string, Cut>> = {
  max_tokens: 'max_tokens',
  model_context_window_exceeded: 'context_full',
  pause_turn: 'paused',
};

export function findCut(stopReason: string | null | undefined): Cut | null {
  return stopReason != null && Object.hasOwn(CUTS, stopReason) ? (CUTS[stopReason] ?? null) : null;
}

/** The CLI tells the model to go on, up to three times (2.1.332). */
const GOES_ON: Readonly<Record<Cut, string>> = {
  max_tokens: 'The answer reached the greatest length that the model allows. The agent continues it',
  context_full: 'The conversation fills the context window of the model. The agent tries to continue',
  paused: 'The model paused its answer. The agent continues it',
  broken: 'The answer broke off. The agent continues it',
};

const ENDS: Readonly<Record<Cut, string>> = {
  max_tokens:
    'The answer reached the greatest length that the model allows, also when the agent continued it. Ask for a shorter answer, or for one part at a time',
  context_full:
    'The conversation fills the context window of the model. Send /compact to have it summarized, or begin a new session',
  paused: 'The model paused its answer before it was complete. Send a message to continue it',
  broken: 'The answer broke off, and broke off again when the agent asked for the rest. Send a message to continue',
};

/** A notice that an answer was cut and the agent was told to continue. */
export function toGoesOn(cut: Cut, context: TranslationContext): TranslationOutput {
  return toEvent({ ...stamp(context), type: 'session.notice', level: 'info', text: GOES_ON[cut] });
}

/** Why the turn ends with an incomplete answer, and what people can do. */
export function describeCut(cut: Cut): string {
  return ENDS[cut];
}
