import { t } from '../messages/index.ts';

/** Stands where characters of a long text are left out, and brings them. */
export function ShowMoreButton({ hidden, onShow }: { hidden: number; onShow: () => void }) {
  return (
    <button
      type="button"
      aria-expanded={false}
      className="tap my-1 block font-sans text-sm font-semibold text-accent hover:underline"
      onClick={onShow}
    >
      {t.transcript.showMore(t.tools.characters(hidden))}
    </button>
  );
}
