const LOOPBACK = /^(?:localhost|127\.|::1$)/;

/**
 * Whether people on other machines may reach the server, and nothing says that a proxy with TLS is in front: passwords and
 * keys then travel as they are.
 */
export function isOpenWithoutTls({ host, publicUrl }: { host: string; publicUrl: string | undefined }): boolean {
  return !LOOPBACK.test(host) && publicUrl?.startsWith('https:') !== true;
}
