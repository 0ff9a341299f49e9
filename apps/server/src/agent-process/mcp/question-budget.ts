/** What one MCP server may ask people. A question counts also when its server gives it up. */
export interface QuestionBudget {
  noteCallStart(): void;
  /** No call of its tools runs any more. */
  noteCallsEnd(): void;
  /** Takes one question from it, `chars` long as JSON; false where that is too much. */
  take(chars: number): boolean;
}

const MAX_A_CALL = 20;
const MAX_A_MINUTE = 30;
/** Each is stored twice: as an event, and with what waits for answers. One form may have 100,000. */
const MAX_CHARS_A_MINUTE = 400_000;
const MINUTE_MS = 60_000;

/** `now` in milliseconds, from any beginning. */
export function createQuestionBudget(now: () => number = () => performance.now()): QuestionBudget {
  /** Calls that have begun, and questions that were taken, since none ran. */
  let begun = 0;
  let taken = 0;
  let recent: { atMs: number; chars: number }[] = [];
  return {
    noteCallStart() {
      begun += 1;
    },
    noteCallsEnd() {
      begun = 0;
      taken = 0;
    },
    take(chars) {
      const atMs = now();
      recent = recent.filter((each) => atMs - each.atMs < MINUTE_MS);
      const recentChars = recent.reduce((sum, each) => sum + each.chars, chars);
      if (taken >= begun * MAX_A_CALL || recent.length >= MAX_A_MINUTE || recentChars > MAX_CHARS_A_MINUTE)
        return false;
      taken += 1;
      recent.push({ atMs, chars });
      return true;
    },
  };
}
