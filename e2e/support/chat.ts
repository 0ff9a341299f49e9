import { until } from '@claude-sdk-pattern/testkit';
import type { Locator, Page } from 'playwright-core';

/** The page of a session, with methods named after what a person sees and does. */
export interface Chat {
  readonly page: Page;
  /** The message box. */
  readonly composer: Locator;
  readonly conversation: Locator;
  /** The card of the call that waits for an answer. */
  readonly approval: Locator;
  /** The status line above the message box. */
  readonly status: Locator;
  readonly stopButton: Locator;
  /** Types a message and sends it with Enter; resolves when the server has it. */
  say: (text: string) => Promise<void>;
  /** Resolves when the agent has finished and no message is queued. */
  waitUntilReady: () => Promise<void>;
  /** The only element in the conversation with this text. @throws when there are several, or none. */
  find: (text: string | RegExp) => Locator;
  /** How many rendered elements of the conversation have this text. */
  count: (text: string) => Promise<number>;
  /** Scrolls back until a person's message is on screen; rows far off screen are not rendered. */
  scrollToTurn: (message: string) => Promise<void>;
  /** A tool's card, by the text of its line. */
  tool: (name: string | RegExp) => Locator;
}

/** The page ignores a press within 300 ms after a card became readable. */
const STRAY_PRESS_MS = 300;
const CARD_AROUND = 'xpath=ancestor-or-self::*[@data-approval]';
const SENT_TIMEOUT_MS = 30_000;

export function chatOf(page: Page): Chat {
  const conversation = page.getByRole('region', { name: 'Conversation' });
  const status = page.getByRole('group', { name: 'Status' });
  const composer = page.getByRole('textbox', { name: 'Message' });
  return {
    page,
    composer,
    conversation,
    status,
    approval: page.getByRole('region', { name: 'Approval' }),
    stopButton: page.getByRole('button', { name: 'Stop', exact: true }),
    async say(text) {
      await composer.fill(text);
      await composer.press('Enter');
      await until(
        'the server has the message',
        async () => (await composer.inputValue()) === '' && (await composer.getAttribute('aria-busy')) === 'false',
        SENT_TIMEOUT_MS,
      );
    },
    async waitUntilReady() {
      await status.getByText('Ready', { exact: true }).waitFor({ timeout: 30_000 });
    },
    find: (text) => conversation.getByText(text),
    async count(text) {
      return (await conversation.innerText()).split(text).length - 1;
    },
    async scrollToTurn(message) {
      const article = conversation.getByRole('article').filter({ hasText: message });
      await conversation.hover();
      await until(`"${message}" is on screen`, async () => {
        if (await article.isVisible()) return true;
        await page.mouse.wheel(0, -400);
        return false;
      });
    },
    tool: (name) => conversation.getByRole('button', { name }),
  };
}

/** Waits until a card that has just appeared accepts presses. */
export async function waitPastStrayPresses(card: Locator): Promise<void> {
  await card.waitFor();
  await card.scrollIntoViewIfNeeded();
  const unreadable = card.locator(CARD_AROUND).locator('button[aria-disabled="true"]');
  await until('the card can be read', async () => (await unreadable.count()) === 0);
  const clock = () => card.page().evaluate<number>('performance.now()');
  const open = (await clock()) + STRAY_PRESS_MS;
  await until('the card takes presses', async () => (await clock()) > open);
}
