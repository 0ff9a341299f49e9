const LOOPBACK = /^(?:localhost|127\.|::1$)/;

/** Whether only programs of this machine reach a server that listens at this host. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/**
 * Whether people on other machines may reach the server, and nothing says that a proxy with TLS is in front: passwords and
 * keys then travel as they are.
 */
export function isOpenWithoutTls({ host, publicUrl }: { host: string; publicUrl: string | undefined }): boolean {
  return !isLoopback(host) && publicUrl?.startsWith('https:') !== true;
}
