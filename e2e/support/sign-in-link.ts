/** The one-time link that a server without a bootstrap key has printed. @throws Error when there is none. */
export function findSignInLink(logs: string): string {
  const link = /https?:\/\/\S+\/sign-in#link=[\w-]+/.exec(logs)?.[0];
  if (link === undefined) throw new Error(`The server printed no sign-in link:\n${logs}`);
  return link;
}
