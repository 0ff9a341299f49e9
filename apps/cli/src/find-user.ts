import type { Page } from '@claude-sdk-pattern/protocol';

import type { Send } from './plugin/send-request.ts';

/** The id of a user, given by id or email address. @throws Error where nobody has the address */
export async function findUserId(send: Send, user: string): Promise<string> {
  if (!user.includes('@')) return user;
  for (let page: string | null = null; ;) {
    const query = new URLSearchParams({ limit: '200', ...(page !== null && { page }) });
    const { data, next_page: next } = (await send('GET', `/users?${query.toString()}`)) as Page<{
      id: string;
      email: string;
    }>;
    const found = data.find((each) => each.email.toLowerCase() === user.toLowerCase());
    if (found !== undefined) return found.id;
    if (next === null) throw new Error(`There is no user with the address ${user}.`);
    page = next;
  }
}
