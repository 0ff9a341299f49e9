import { hideTexts, type HiddenText, type PreviewEvent } from '@claude-sdk-pattern/protocol';

/**
 * Hides secrets in previews. What could be the beginning of a secret is held back until the next piece says whether it is
 * one, so that none is seen in two halves; the event itself, which ends its previews, has the whole text.
 */
export class PreviewMask {
  /** Text that was held back, by the id of the event. */
  readonly #held = new Map<string, string>();

  /** The preview as it may be seen; undefined where nothing of it may be yet. */
  mask(preview: PreviewEvent, hidden: readonly HiddenText[]): PreviewEvent | undefined {
    if (preview.type !== 'event_delta' || preview.delta.type !== 'content_delta') return preview;
    const { content } = preview.delta;
    if (content.type !== 'text') return preview;
    const id = preview.event_id;
    const before = this.#held.get(id) ?? '';
    if (hidden.length === 0 && before === '') return preview;
    const text = hideTexts(before + content.text, hidden);
    const shown = text.slice(0, text.length - findOpenLength(text, hidden));
    this.#held.set(id, text.slice(shown.length));
    if (shown === '') return undefined;
    return { ...preview, delta: { ...preview.delta, content: { ...content, text: shown } } };
  }

  /** The event is stored, or its stream has broken off. */
  end(eventId: string): void {
    this.#held.delete(eventId);
  }

  clear(): void {
    this.#held.clear();
  }
}

/** How many characters at the end of the text are the beginning of a secret. */
function findOpenLength(text: string, hidden: readonly HiddenText[]): number {
  const most = Math.max(0, ...hidden.map(({ text: secret }) => secret.length - 1));
  for (let length = Math.min(most, text.length); length > 0; length -= 1) {
    const end = text.slice(-length);
    if (hidden.some(({ text: secret }) => secret.startsWith(end))) return length;
  }
  return 0;
}
