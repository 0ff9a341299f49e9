const NETWORK =
  /^(?:ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ERR_SOCKET_TIMEOUT|FETCH_ERROR|EPROTO|ERR_SSL_\w+)$/;
const CERTIFICATE = /CERT|UNABLE_TO_(?:VERIFY|GET_ISSUER)/;
const SHOWN_CHARS = 200;

/**
 * Why npm (10 and 11) could not install a package, and what to do, as a clause and a sentence without its full stop; undefined for what is
 * not known here.
 * @param errors What it wrote to its standard error.
 * @param asked The package that was asked for: what is missing may be another one, which it depends on.
 */
export function describeNpmFailure(errors: string, asked: string): string | undefined {
  const [, code = ''] = /^npm (?:error|ERR!) code (\S+)/m.exec(errors) ?? [];
  const [, host = ''] = /https?:\/\/(?:[^\s/@]*@)?([^\s/@]+)\//.exec(errors) ?? [];
  const registry = host === '' ? 'the registry' : `the registry ${host}`;
  const of = (name: string) => (name === asked ? name : `${name}, which ${asked} depends on`);
  if (code === 'E404') {
    const name = toName(/'(@?[^'@]+)@[^']*' (?:could not be found|is not in)/.exec(errors)?.[1] ?? asked);
    return `${registry} has no package called ${of(name)}, or does not show it to this server. Check the spelling, and for a private package the .npmrc of the server`;
  }
  if (code === 'ETARGET') {
    const [, name = asked, version = ''] =
      /No matching version found for (@?[^@\s]+)@(\S+?)\.?(?:\s|$)/.exec(errors) ?? [];
    return `${of(toName(name))} has no version ${toName(version)} at ${registry}. Name one that it has, or none for the latest`;
  }
  if (code === 'EINTEGRITY')
    return `what ${registry} sends is not what it says that it sends (integrity), so nothing was taken. Try again later, and tell whoever runs the registry`;
  if (/^(?:E401|E403|ENEEDAUTH|EOTP)$/.test(code))
    return `${registry} refuses this server (${code}). Put its token into the .npmrc of the user that runs the server`;
  if (CERTIFICATE.test(code))
    return `the certificate of ${registry} is from nobody whom this server trusts (${code}). Name the certificate of its authority in NODE_EXTRA_CA_CERTS`;
  if (NETWORK.test(code))
    return `${registry} cannot be reached (${code}). Check the network of the server, its proxy (HTTPS_PROXY) and its registry (npm_config_registry)`;
  if (code === 'E429') return `${registry} got too many requests from this server. Try again in some minutes`;
  if (/^E5\d\d$/.test(code)) return `${registry} fails itself (${code}). Try again later`;
  if (code === 'EBADPLATFORM')
    return `the package is not made for this machine, which is ${process.platform} ${process.arch}. Take a version that is`;
  if (code === 'ENOSPC') return 'the disk of the server is full. Make room, and try again';
  return undefined;
}

/** One line, however the answer of a registry looks. */
function toName(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').slice(0, SHOWN_CHARS);
}
