/** A browser that follows redirects and keeps cookies by host, and nothing else of a browser. */
export interface TestBrowser {
  /** Opens an address; resolves with the last one of its redirects that `stop` accepts, or that is no redirect. */
  open(url: string, stop?: (url: URL) => boolean): Promise<{ url: URL; status: number }>;
  /** Keeps the cookies of an answer that the browser's page has fetched. */
  keep(url: string, answer: Response): void;
  /** The cookies of a host, as a header. */
  cookie(url: string): string;
}

const MAX_REDIRECTS = 20;

export function createTestBrowser(headers: Record<string, string> = {}): TestBrowser {
  const jars = new Map<string, Map<string, string>>();
  const jarOf = (url: string) => {
    const { host } = new URL(url);
    const jar = jars.get(host) ?? new Map<string, string>();
    jars.set(host, jar);
    return jar;
  };
  const cookie = (url: string) => Array.from(jarOf(url), ([name, value]) => `${name}=${value}`).join('; ');

  const keep: TestBrowser['keep'] = (url, { headers: sent }) => {
    for (const each of sent.getSetCookie()) {
      const [pair = ''] = each.split(';');
      const at = pair.indexOf('=');
      jarOf(url).set(pair.slice(0, at), pair.slice(at + 1));
    }
  };

  return {
    cookie,
    keep,
    async open(first, stop = () => false) {
      let url = new URL(first);
      for (let hop = 0; hop < MAX_REDIRECTS; hop += 1) {
        const response = await fetch(url, { redirect: 'manual', headers: { ...headers, cookie: cookie(url.href) } });
        keep(url.href, response);
        await response.body?.cancel();
        const location = response.headers.get('location');
        if (location === null) return { url, status: response.status };
        url = new URL(location, url);
        if (stop(url)) return { url, status: response.status };
      }
      throw new Error(`${first} redirects for ever`);
    },
  };
}
