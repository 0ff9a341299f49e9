/**
 * Shows notifications while no page of the app is visible, and opens the page when one is clicked. It keeps nothing and
 * answers no requests. Plain JavaScript without imports: browsers load it by this name, so it is not part of a bundle.
 * Its texts are in its own address (`src/services/notices.ts`). What it loads stands beside it, also where the app is below
 * a path.
 */
const texts = new URLSearchParams(self.location.search);
const INBOX = '/approvals';
/** Of the notifications for push messages, which say only what kind of thing there is. */
const PUSH_TAG = 'approvals';
const SCHEDULES_TAG = 'schedules';

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('push', (event) => event.waitUntil(isOfSchedules(event) ? showFailedSchedule() : showPushed()));
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.path ?? INBOX));
});
self.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(renew(event.oldSubscription)));

function isOfSchedules({ data }) {
  try {
    return data?.json().type === 'schedules';
  } catch {
    return false;
  }
}

async function showFailedSchedule() {
  const pages = await listPages();
  if (pages.some((page) => page.visibilityState === 'visible')) return;
  // Registered before there was such a message, the address lacks its texts.
  await self.registration.showNotification(texts.get('schedules_title') ?? 'A schedule of yours has failed', {
    body: texts.get('schedules_body') ?? 'Open the app to see why.',
    icon: 'icon.svg',
    tag: SCHEDULES_TAG,
    data: { path: '/schedules' },
  });
}

function listPages() {
  return self.clients.matchAll({ type: 'window', includeUncontrolled: true });
}

async function showPushed() {
  const pages = await listPages();
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- of windows; this is a Client
  for (const page of pages) page.postMessage({ type: 'pushed' });
  if (pages.some((page) => page.visibilityState === 'visible')) return;
  // A hidden page has told already, and of which session. Browsers want a notification for each push message.
  const shown = await self.registration.getNotifications();
  const told = shown.find(({ tag }) => tag !== SCHEDULES_TAG);
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
