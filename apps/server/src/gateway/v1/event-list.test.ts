import { expect, it } from 'vitest';

import { openJournalHarness, toMessage } from '../../journal/fixtures/journal-harness.ts';
import { toSessionEvents, type SessionEvents } from '../../journal/session-events.ts';
import { eventListQuery, readEventPage, type EventPage } from './event-list.ts';

const notice = (id: string) =>
  ({ id, processed_at: '2026-02-01T12:00:00.000Z', type: 'session.notice', level: 'info', text: 'seen' }) as const;

/** A journal in which 3 messages stand far apart, the last of them before many notices. */
async function openSparseJournal() {
  const harness = await openJournalHarness();
  for (const word of ['one', 'two', 'three']) {
    await harness.append(toMessage(`sevt_${word}`, word));
    await harness.append(...Array.from({ length: 300 }, (_, index) => notice(`sevt_${word}_${index}`)));
  }
  const readPages = async (query: Record<string, string>): Promise<EventPage[]> => {
    const pages: EventPage[] = [];
    for (let page: string | null | undefined; page !== null; page = pages.at(-1)?.next_page) {
      const parsed = eventListQuery.parse({ ...query, ...(page !== undefined && { page }) });
      pages.push(await readEventPage(toSessionEvents(harness.store.events, harness.sessionId), { query: parsed }));
    }
    return pages;
  };
  return { ...harness, readPages };
}

const toIds = ({ data }: EventPage) => data.map(({ id }) => id);

it.each([
  [{ limit: '2' }, [['sevt_one', 'sevt_two'], ['sevt_three']]],
  [{ limit: '3' }, [['sevt_one', 'sevt_two', 'sevt_three']]],
  [{ limit: '1', order: 'desc' }, [['sevt_three'], ['sevt_two'], ['sevt_one']]],
  [{ limit: '2', after_seq: '1' }, [['sevt_two', 'sevt_three']]],
  [{ limit: '1', before_seq: '302', order: 'desc' }, [['sevt_one']]],
  [{ limit: '5', types: 'agent.thinking' }, [[]]],
])('fills the pages of %j over what is not told, and ends with the last of them', async (query, expected) => {
  await using journal = await openSparseJournal();
  expect((await journal.readPages(query)).map(toIds)).toEqual(expected);
});

it('ends a page at its size, so that few large events never fill the memory, and loses none of them', async () => {
  await using journal = await openJournalHarness();
  const large = 'x'.repeat(1024 * 1024);
  const words = Array.from({ length: 12 }, (_, index) => `sevt_${index}`);
  for (const word of words) await journal.append(toMessage(word, large), notice(`${word}_seen`));
  const reads: number[] = [];
  const stored = toSessionEvents(journal.store.events, journal.sessionId);
  const events: Pick<SessionEvents, 'listPage'> = {
    async listPage(...args) {
      const page = await stored.listPage(...args);
      reads.push(page.events.reduce((sum, { bytes }) => sum + bytes, 0));
      return page;
    },
  };
  const ids: string[][] = [];
  for (let page: string | null | undefined; page !== null;) {
    const query = eventListQuery.parse({ limit: '1000', ...(page !== undefined && { page }) });
    const answer: EventPage = await readEventPage(events, { query });
    ids.push(toIds(answer));
    page = answer.next_page;
  }
  expect(ids.flat()).toEqual(words);
  expect(ids.map(({ length }) => length)).toEqual([4, 4, 4]);
  expect(Math.max(...reads)).toBeLessThan(5.5 * 1024 * 1024);
});
