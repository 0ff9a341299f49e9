import { t } from '../../messages/index.ts';

export interface SingleSignOnProps {
  /** Of the provider. */
  name: string;
  /** Where the server sends the browser to the provider. */
  url: string;
}

const ENTRANCES: readonly string[] = ['/sign-in', '/invite'];

/** The button that leaves for the sign-in provider, above the other ways. The person comes back to the same page. */
export function SingleSignOn({ name, url }: SingleSignOnProps) {
  const { pathname, search } = location;
  const returnTo = ENTRANCES.includes(pathname) ? '/' : `${pathname}${search}`;
  return (
    <div className="mb-4 flex flex-col gap-4">
      <a
        href={`${url}?return_to=${encodeURIComponent(returnTo)}`}
        className="tap flex min-h-10 items-center justify-center rounded-sm border border-control bg-raised px-3 py-1 text-center text-base font-semibold break-words transition-colors duration-120 ease-out select-none hover:bg-hover"
      >
        {t.signIn.continueWith(name)}
      </a>
      <p className="flex items-center gap-3 text-sm text-muted before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
        {t.signIn.or}
      </p>
    </div>
  );
}
