import { hideTexts, type HiddenText } from '@claude-sdk-pattern/protocol';

/** Of so many sessions the values are known; the one that got its values longest ago is forgotten first. */
const MAX_SESSIONS = 2000;
/** Shorter values stand in ordinary texts, too. */
const MIN_HIDDEN_CHARS = 8;

/** The values that processes of sessions got from this server, so that they can be hidden where they come back. */
export class SecretsInUse {
  /** By the agent's own id of a session: the mask of each text. */
  readonly #bySession = new Map<string, Map<string, string>>();
  #all: readonly HiddenText[] | undefined;
  readonly #ofSession = new Map<string, readonly HiddenText[]>();

  /** A process of the session gets this value. One of fewer than 8 characters is not hidden. */
  note(sessionId: string, { name, value }: { name: string; value: string }): void {
    const masks = this.#bySession.get(sessionId) ?? new Map<string, string>();
    const mask = `[hidden: ${name}]`;
    const texts = toHidden(value);
    if (texts.length === 0) return;
    this.#bySession.delete(sessionId);
    this.#bySession.set(sessionId, masks);
    // A value that is sent with every request is sorted in once.
    if (texts.every((text) => masks.get(text) === mask)) return;
    for (const text of texts) masks.set(text, mask);
    for (const [oldest] of this.#bySession) {
      if (this.#bySession.size <= MAX_SESSIONS) break;
      this.#bySession.delete(oldest);
      this.#ofSession.delete(oldest);
    }
    this.#ofSession.delete(sessionId);
    this.#all = undefined;
  }

  /** What to hide in what the session shows, the longest first. Empty for a session whose processes got nothing. */
  of(sessionId: string): readonly HiddenText[] {
    const masks = this.#bySession.get(sessionId);
    if (masks === undefined) return NONE;
    let hidden = this.#ofSession.get(sessionId);
    if (hidden === undefined) this.#ofSession.set(sessionId, (hidden = sort(masks)));
    return hidden;
  }

  /** A copy of any JSON of a session, without the values that its processes got. */
  maskOf<T>(sessionId: string, value: T): T {
    return hideTexts(value, this.of(sessionId));
  }

  /** A copy of any JSON for operators, such as a log: without the values of all sessions. */
  mask<T>(value: T): T {
    if (this.#bySession.size === 0) return value;
    this.#all ??= sort(new Map([...this.#bySession.values()].flatMap((masks) => [...masks])));
    return hideTexts(value, this.#all);
  }
}

const NONE: readonly HiddenText[] = [];

/** The value, each of its lines, and how it is written within JSON and URLs. */
function toHidden(value: string): string[] {
  const plain = [value, ...value.split(/\r?\n/)].map((text) => text.trim()).filter(isLong);
  const written = isLong(value) ? [JSON.stringify(value).slice(1, -1), ...toUrlTexts(value)] : [];
  return [...new Set([...plain, ...written.map((text) => text.trim())])];
}

function isLong(text: string): boolean {
  return text.trim().length >= MIN_HIDDEN_CHARS;
}

/** As the parts of a URL, and a form, write it: errors and results name URLs as they were called. */
function toUrlTexts(value: string): string[] {
  // Half of a pair of surrogates cannot be encoded, and what follows a # is not sent.
  const text = value.toWellFormed();
  const sent = text.replaceAll('#', '%23');
  const { pathname, search: afterPath } = new URL(`http://h/${sent}`);
  const { search } = new URL(`http://h/?${sent}`);
  const form = new URLSearchParams([['', text]]).toString().slice(1);
  const written = [`${pathname.slice(1)}${afterPath}`, search.slice(1), encodeURIComponent(text), form];
  // A path with dots in it is made shorter, and could be a word.
  return written.filter((each) => each.length >= value.length);
}

function sort(masks: ReadonlyMap<string, string>): readonly HiddenText[] {
  return [...masks].map(([text, mask]) => ({ text, mask })).toSorted((a, b) => b.text.length - a.text.length);
}
