import { useServices } from '../../services/services.ts';
import { t } from '../../messages/index.ts';
import { useSession } from '../../session/session-context.ts';

/** How many people have an initial of their own; the others are a number. On a phone, where the title needs the place, one. */
const MAX_SHOWN = 3;

/** Who else has this session open now, and who of them writes. */
export function PresentPeople() {
  const { bootstrap } = useServices();
  const present = useSession((state) => state.present);
  const others = present.filter(({ id }) => id !== bootstrap.user.id);
  if (others.length === 0) return null;
  const writing = others.filter(({ typing }) => typing).map(({ name }) => name);
  const names = t.sharing.alsoHere(others.map(({ name }) => name));
  const more = others.length - MAX_SHOWN;
  return (
    <div className="flex min-w-0 items-center gap-2 text-sm text-muted">
      <span role="img" aria-label={names} title={names} className="flex shrink-0 -space-x-1.5">
        {others.slice(0, MAX_SHOWN).map(({ id, name, typing }, index) => (
          <span
            key={id}
            aria-hidden
            className={`flex size-6 items-center justify-center rounded-full border bg-raised text-xs font-semibold text-text ${typing ? 'border-accent' : 'border-control'} ${index > 0 ? 'max-md:hidden' : ''}`}
          >
            {toInitial(name)}
          </span>
        ))}
        {others.length > 1 && (
          <span
            aria-hidden
            className="nums flex size-6 items-center justify-center rounded-full border border-control bg-raised text-xs text-text md:hidden"
          >
            {t.sharing.more(others.length - 1)}
          </span>
        )}
        {more > 0 && (
          <span
            aria-hidden
            className="nums flex size-6 max-md:hidden items-center justify-center rounded-full border border-control bg-raised text-xs text-text"
          >
            {t.sharing.more(more)}
          </span>
        )}
      </span>
      {writing.length > 0 && <span className="min-w-0 truncate max-md:hidden">{t.sharing.writes(writing)}</span>}
    </div>
  );
}

function toInitial(name: string): string {
  const code = name.trim().codePointAt(0);
  return code === undefined ? '?' : String.fromCodePoint(code).toUpperCase();
}
