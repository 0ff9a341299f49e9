import { setImmediate } from 'node:timers/promises';

import { findExfiltration } from './find-exfiltration.ts';
import { findHiddenCharacters } from './hidden-characters.ts';
import { findInstructions } from './find-instructions.ts';
import type { Finding } from './finding.ts';

/** Characters that are looked through at a time, so that a long text is judged by its parts. */
const WINDOW_CHARS = 4000;
const OVERLAP_CHARS = 500;
/** What is longer is looked through at its beginning and at its end. */
const MAX_SCANNED_CHARS = 100_000;

/**
 * Looks through a text that an agent is about to read, a part at a time: others are served between two parts.
 * @param text of any length; of a very long one the middle is left out.
 * @param options.isMessage whether a person has sent it to the agent, who may take back what they said before.
 * @returns what looks like an attack, at most one finding of each rule; empty for ordinary text.
 */
export async function scanText(text: string, options: { isMessage?: boolean } = {}): Promise<Finding[]> {
  const found = new Map<string, Finding>();
  for (const part of toParts(text)) {
    if (part.length === WINDOW_CHARS) await setImmediate();
    for (const finding of [
      ...findHiddenCharacters(part),
      ...findInstructions(part, options),
      ...findExfiltration(part),
    ]) {
      const key = `${finding.kind} ${finding.rule}`;
      if (!found.has(key)) found.set(key, finding);
    }
  }
  return [...found.values()];
}

function* toParts(text: string): Generator<string> {
  const half = MAX_SCANNED_CHARS / 2;
  const kept = text.length <= MAX_SCANNED_CHARS ? text : `${text.slice(0, half)}\n${text.slice(-half)}`;
  for (let start = 0; start === 0 || start + OVERLAP_CHARS < kept.length; start += WINDOW_CHARS - OVERLAP_CHARS) {
    yield kept.slice(start, start + WINDOW_CHARS);
  }
}
