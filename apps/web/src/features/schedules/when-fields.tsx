import { useId, useState } from 'react';

import { Field } from '../../ui/field.tsx';
import { formatMoment } from '../../ui/format.ts';
import { describeCron } from './describe-cron.ts';
import { t } from './messages.ts';
import { PRESETS, toPreset, type Preset, type ScheduleDraft } from './schedule-form.ts';
import { usePreview } from './use-preview.ts';

const ZONES = Intl.supportedValuesOf('timeZone');

/** When it runs: a common choice or an expression, by the clocks of a time zone, and the next five times. */
export function WhenFields(props: { draft: ScheduleDraft; onChange: (change: Partial<ScheduleDraft>) => void }) {
  const { draft, onChange } = props;
  const [preset, setPreset] = useState<Preset>(() => toPreset(draft.expression));
  const preview = usePreview(draft.expression, draft.timezone);
  const id = useId();
  const choose = (next: Preset) => {
    setPreset(next);
    if (next !== 'own') onChange({ expression: PRESETS[next] });
  };
  return (
    <>
      <div>
        <label htmlFor={`${id}-when`} className="mb-1 block text-sm font-semibold">
          {t.when}
        </label>
        <select
          id={`${id}-when`}
          value={preset}
          onChange={(event) => choose(event.target.value as Preset)}
          className="tap h-9 w-full rounded-sm border border-control bg-bg px-3 text-lg md:text-base"
        >
          {Object.entries(t.presets).map(([name, words]) => (
            <option key={name} value={name}>
              {words}
            </option>
          ))}
        </select>
      </div>
      {preset === 'own' && (
        <Field
          label={t.expression}
          help={t.expressionHelp}
          value={draft.expression}
          onValue={(expression) => onChange({ expression })}
          problem={preview.problem}
          autoComplete="off"
          spellCheck={false}
        />
      )}
      {preset !== 'none' && (
        <>
          <Field
            label={t.timezone}
            value={draft.timezone}
            onValue={(timezone) => onChange({ timezone })}
            problem={preset === 'own' ? null : preview.problem}
            list={`${id}-zones`}
            autoComplete="off"
          />
          <datalist id={`${id}-zones`}>
            {ZONES.map((zone) => (
              <option key={zone} value={zone}>
                {zone}
              </option>
            ))}
          </datalist>
        </>
      )}
      {preview.times.length > 0 && (
        <div className="rounded-sm bg-surface px-3 py-2 text-sm">
          <p className="font-semibold">{t.cron.inZone(describeCron(draft.expression), draft.timezone)}</p>
          <p className="text-muted">{t.upcoming}</p>
          <ol className="nums">
            {preview.times.map((time) => (
              <li key={time}>
                <time dateTime={time}>{formatDayAndTime(time)}</time>
              </li>
            ))}
          </ol>
        </div>
      )}
    </>
  );
}

/** `Mon, 30 Nov, 09:00`, in the person's time zone. */
function formatDayAndTime(time: string): string {
  const day = new Intl.DateTimeFormat('en', { weekday: 'short' }).format(new Date(time));
  return `${day}, ${formatMoment(Date.parse(time))}`;
}
