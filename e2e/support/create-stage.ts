import { startScriptedModel, type Scenario, type ScriptedModel } from '@claude-sdk-pattern/scripted-model';
import { startServer, type TestServer } from '@claude-sdk-pattern/testkit';
import type { Browser, BrowserContext, BrowserContextOptions, Cookie, Page } from 'playwright-core';

import { openBrowser } from './open-browser.ts';

const DESKTOP = { width: 1280, height: 860 };
const PHONE = { width: 390, height: 844 };

export interface StageOptions {
  /** The scripted model's behaviour; without it the server's own demo model answers. */
  scenarios?: readonly Scenario[];
  /** Additional environment variables for the server. */
  environment?: Readonly<Record<string, string>>;
  /** The browser for its pages, which the stage does not close; by default the stage starts and closes its own. */
  browser?: Browser;
  /** Called with every page before it navigates. */
  onPage?: (page: Page, options: Pick<OpenOptions, 'keep'>) => void;
}

export interface OpenOptions {
  /** The path to open first; the start page by default. */
  path?: string;
  /** False for a browser that is not signed in. */
  signedIn?: boolean;
  /** Signs in as this person, whom `addPerson` has made, instead of the administrator. */
  as?: Person;
  theme?: 'light' | 'dark';
  /** Opens the page in this browser instead of the stage's; the caller closes it. */
  browser?: Browser;
  /** Emulates a phone: a narrow screen with a coarse pointer. */
  phone?: boolean;
  /** Another tab of the same browser, sharing its cookies and storage. */
  beside?: Page;
  /** Keeps the page open for later tests; the caller closes it. */
  keep?: boolean;
}

/** Somebody with an account of their own. */
export interface Person {
  id: string;
  name: string;
  email: string;
}

/** A real server with its model, and a browser that opens its pages. */
export interface Stage extends AsyncDisposable {
  readonly server: TestServer;
  /** The model behind the server. @throws Error in the demo, whose model runs inside the server. */
  readonly model: ScriptedModel;
  /** Makes a user, whose email address is `NAME@example.com` in lower case. */
  addPerson: (name: string) => Promise<Person>;
  /** Opens a page in a fresh browser profile, signed in unless told otherwise. */
  open: (options?: OpenOptions) => Promise<Page>;
  /** The errors that pages have reported so far, except lost connections. Each error is returned once. */
  takeProblems: () => string[];
}

/**
 * Errors that browsers log while a server is down, and that the page cannot prevent. The tests check what the page
 * shows instead.
 */
const OF_THE_LINE = /Failed to load resource|WebSocket connection to|net::ERR_/;
const PAGE_TIMEOUT_MS = 60_000;
const PASSWORD = 'correct horse battery';

/** Opens a stage; can be called outside of a test. */
export async function createStage(options: StageOptions = {}): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const model = options.scenarios && stack.use(await startScriptedModel({ scenarios: options.scenarios }));
  const server = stack.use(
    await startServer({
      ...(model && { upstreamUrl: model.url }),
      ...(options.environment && { environment: options.environment }),
    }),
  );
  const browser = options.browser ?? stack.use(await openBrowser());
  const contexts = new Set<BrowserContext>();
  stack.defer(async () => void (await Promise.all([...contexts].map((context) => context.close()))));
  const problems: string[] = [];
  /** Signs in once, because the server limits the number of attempts. */
  let cookies: Promise<Cookie[]> | undefined;
  const resources = stack.move();

  return {
    server,
    get model() {
      if (model === undefined) throw new Error('The demo model is inside the server.');
      return model;
    },
    async addPerson(name) {
      const email = `${name.toLowerCase()}@example.com`;
      const made = await server.fetch('/api/v1/users', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, name, password: PASSWORD }),
      });
      const { id } = (await made.json()) as Person;
      return { id, name, email };
    },
    async open({ path = '/', signedIn = true, as, beside, keep = false, browser: other, ...look } = {}) {
      const context = beside?.context() ?? (await (other ?? browser).newContext(toContextOptions(server.url, look)));
      contexts.add(context);
      if (signedIn && beside === undefined) {
        const signingIn =
          as === undefined
            ? (cookies ??= signIn(context, server, { api_key: server.apiKey }))
            : signIn(context, server, { email: as.email, password: PASSWORD });
        await context.addCookies(await signingIn);
      }
      const page = await context.newPage();
      page.setDefaultTimeout(PAGE_TIMEOUT_MS);
      watch(page, problems);
      options.onPage?.(page, { keep });
      await page.goto(path);
      return page;
    },
    takeProblems: () => problems.splice(0),
    async [Symbol.asyncDispose]() {
      // A graceful stop would wait for turns that a test left open.
      await server.kill();
      await resources.disposeAsync();
    },
  };
}

function toContextOptions(baseURL: string, look: Pick<OpenOptions, 'theme' | 'phone'>): BrowserContextOptions {
  return {
    baseURL,
    colorScheme: look.theme ?? 'light',
    locale: 'en-GB',
    timezoneId: 'UTC',
    // Reduced motion, so that no check or screenshot falls into a transition.
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
    ...(look.phone === true ? { viewport: PHONE, isMobile: true, hasTouch: true } : { viewport: DESKTOP }),
  };
}

/** Signs a browser profile in without the form. */
async function signIn(context: BrowserContext, server: TestServer, data: Record<string, string>): Promise<Cookie[]> {
  const response = await context.request.post('/api/v1/sign-in', {
    headers: { origin: server.url },
    data,
  });
  if (!response.ok()) throw new Error(`Not signed in: ${response.status()} ${await response.text()}`);
  return context.cookies();
}

function watch(page: Page, problems: string[]): void {
  page.on('pageerror', (error) => problems.push(error.stack ?? error.message));
  page.on('console', (message) => {
    if (message.type() !== 'error' || OF_THE_LINE.test(message.text())) return;
    problems.push(`${message.text()} (${message.location().url})`);
  });
}
