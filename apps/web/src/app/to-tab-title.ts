import { t } from '../messages/index.ts';

interface Named {
  id: string;
  name: string;
}

/**
 * The tab's title: how many need the person, which of them if it is not the one on the page, then what is on the page.
 * `needs` are sessions, the longest waiting first.
 */
export function toTabTitle({ needs, current }: { needs: readonly Named[]; current: Named | null }): string {
  const [first] = needs;
  const isHere = needs.some(({ id }) => id === current?.id);
  const lead = first && `(${needs.length}) ${t.sessions.groups.needsYou}${isHere ? '' : `: ${first.name}`}`;
  return [lead, current?.name, t.app.name].filter((part) => part !== undefined).join(' · ');
}
