/**
 * Shows notifications while no page of the app is visible, and opens the page when one is clicked. It keeps nothing and
 * answers no requests. Plain JavaScript without imports: browsers load it by this name, so it is not part of a bundle.
 * Its texts are in its own address (`src/services/notices.ts`). What it loads stands beside it, also where the app is below
 * a path.
 */
const texts = new URLSearchParams(self.location.search);
const INBOX = '/approvals';
/** Of the notification for a push message, which says only that something waits. */
const PUSH_TAG = 'approvals';

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('push', (event) => event.waitUntil(showPushed()));
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.path ?? INBOX));
});
self.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(renew(event.oldSubscription)));

async function showPushed() {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- of windows; this is a Client
  for (const page of pages) page.postMessage({ type: 'pushed' });
  if (pages.some((page) => page.visibilityState === 'visible')) return;
  // A hidden page has told already, and of which session. Browsers want a notification for each push message.
  const [told] = await self.registration.getNotifications();
  if (told === undefined || told.tag === PUSH_TAG) {
    await self.registration.showNotification(texts.get('title'), {
      body: texts.get('body'),
      icon: 'icon.svg',
      tag: PUSH_TAG,
      data: { path: INBOX },
    });
  } else {
    const { title, tag, data, icon } = told;
    await self.registration.showNotification(title, { tag, data, icon, silent: true });
  }
}

/** In a page of the app that is open, without loading it again. */
async function open(path) {
  const [page] = await self.clients.matchAll({ type: 'window' });
  if (page === undefined) {
    await self.clients.openWindow(`.${path}`);
    return;
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- of windows; this is a Client
  page.postMessage({ type: 'open', path });
  await page.focus();
}

/** The push service has another address for this browser. The server takes it only from the same sign-in. */
async function renew(old) {
  if (old === null || old === undefined) return;
  const next = await self.registration.pushManager.subscribe(old.options);
  await fetch('api/v1/push-subscription', {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(next),
  });
}
