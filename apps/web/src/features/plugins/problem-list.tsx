import type { PluginProblemResource } from '@claude-sdk-pattern/protocol';

import { t } from './messages.ts';

/** What is wrong with a plugin: where, what, and what to do. */
export function ProblemList({ problems }: { problems: readonly PluginProblemResource[] }) {
  return (
    <ul className="flex flex-col gap-2">
      {problems.map(({ file, field, message, remedy }, index) => (
        <li key={index} className="text-sm wrap-anywhere">
          {(file !== null || field !== null) && (
            <code className="font-mono text-xs text-muted">
              {[file, field].filter((each) => each !== null).join(' → ')}
            </code>
          )}
          <p>{message}</p>
          <p className="text-muted">{t.remedy(remedy)}</p>
        </li>
      ))}
    </ul>
  );
}
