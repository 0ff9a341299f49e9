import type { StopScope } from '@claude-sdk-pattern/protocol';

import { t } from './messages.ts';

/** The scopes of a stop in the order of the choice, the widest first, with their names. */
export const STOP_SCOPE_NAMES = (['platform', 'user', 'agent', 'plugin', 'node'] satisfies StopScope[]).map(
  (scope) => [scope, t.stops.scopes[scope].option] as const,
);
