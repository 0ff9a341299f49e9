import { t } from '../../messages/index.ts';

const WIDTHS = ['w-2/5', 'w-full', 'w-11/12', 'w-4/5', 'w-1/3'];

/** A placeholder for a conversation that is loading; it is not visible if loading is quick. */
export function TranscriptSkeleton() {
  return (
    <div className="min-h-0 flex-1 overflow-hidden" aria-busy>
      <p className="sr-only" role="status">
        {t.app.loading}
      </p>
      <div aria-hidden className="anim-late mx-auto flex w-full max-w-[792px] flex-col gap-3 px-4 pt-8">
        {WIDTHS.map((width, index) => (
          <div key={width} className={`h-5 rounded-sm bg-surface ${width} ${index === 0 ? 'mb-4 self-end' : ''}`} />
        ))}
      </div>
    </div>
  );
}
