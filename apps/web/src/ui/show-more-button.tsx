import { chat } from '../messages/chat.ts';

/** Replaces the hidden characters of a long text, and shows them when pressed. */
export function ShowMoreButton({ hidden, onShow }: { hidden: number; onShow: () => void }) {
  return (
    <button
      type="button"
      aria-expanded={false}
      className="tap my-1 block font-sans text-sm font-semibold text-accent hover:underline"
      onClick={onShow}
    >
      {chat.transcript.showMore(chat.tools.characters(hidden))}
    </button>
  );
}
