import type { UsageGroupResource } from '@claude-sdk-pattern/protocol';

import { t } from './messages.ts';
import type { Grouping } from './usage-address.ts';

/** What a group is called. Titles of sessions are private: operators see the ids of other people's. */
export function toGroupName({ group, name }: Pick<UsageGroupResource, 'group' | 'name'>, by: Grouping, all: boolean) {
  if (group === null) return t.nobody[by];
  if (name !== null) return name;
  if (by === 'session') return all ? t.otherSession(`…${group.slice(-6)}`) : t.untitled;
  return by === 'agent' || by === 'user' ? t.removed[by] : group;
}
