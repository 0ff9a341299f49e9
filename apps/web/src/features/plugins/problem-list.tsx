import type { PluginProblemResource } from '@claude-sdk-pattern/protocol';

import { useServices } from '../../services/services.ts';
import { t } from './messages.ts';

/** What is wrong with a plugin: where, what, and what to do. */
export function ProblemList({ problems }: { problems: readonly PluginProblemResource[] }) {
  const { bootstrap } = useServices();
  const { role } = bootstrap.user;
  const toRemedy = ({ remedy, action }: PluginProblemResource) => {
    if (action === undefined) return remedy;
    return role === 'admin' || (action === 'configure' && role === 'operator') ? t.press[action] : t.askFor[action];
  };
  return (
    <ul className="flex flex-col gap-2">
      {problems.map((problem, index) => (
        <li key={index} className="text-sm wrap-anywhere">
          {(problem.file !== null || problem.field !== null) && (
            <code className="font-mono text-xs text-muted">
              {[problem.file, problem.field].filter((each) => each !== null).join(' → ')}
            </code>
          )}
          <p>{problem.message}</p>
          <p className="text-muted">{t.remedy(toRemedy(problem))}</p>
        </li>
      ))}
    </ul>
  );
}
