import { FaultError } from './fault.ts';

/** What answers is no MCP server. */
export const NO_MCP = new FaultError('it answered with a web page, or something else that is no MCP message', {
  remedy: 'Write the URL at which it speaks MCP, which often ends with /mcp or /sse, not that of a page for people',
});

const STATUS: Readonly<Record<number, { means: string; remedy: string }>> = {
  401: {
    means: 'it wants a credential, or refuses the one that it got',
    remedy: 'Sign in to it, or send it a header Authorization with the value Bearer ${secret:NAME}',
  },
  403: {
    means: 'it refuses this credential, or this platform',
    remedy: 'Check at its service what the credential may do, and from where it may be used',
  },
  404: {
    means: 'it has nothing at this path',
    remedy: 'Check the path of the URL, which often is /mcp or /sse',
  },
  405: {
    means: 'it takes no MCP messages at this path',
    remedy: 'Check the path of the URL, and choose the transport that its documentation names',
  },
  406: { means: 'it refuses this transport', remedy: 'Choose the other transport' },
  407: { means: 'a proxy on the way wants a credential', remedy: 'Correct the proxy of the platform' },
  429: { means: 'it got too many requests', remedy: 'Wait, or raise the limit at its service' },
};

/** What an HTTP status says that is no answer of MCP. A code of 200 or below is the SDK's, for another type of content. */
export function toStatusFault(status: number): FaultError {
  if (status <= 299) return NO_MCP;
  const known = STATUS[status];
  const text = `it answered with HTTP status ${status}`;
  if (known !== undefined) return new FaultError(`${text}: ${known.means}`, { remedy: known.remedy });
  if (status < 400)
    return new FaultError(`${text}: it leads to another address`, { remedy: 'Write that address as the URL' });
  if (status < 500)
    return new FaultError(`${text}: it refuses the request`, { remedy: 'Check the URL and its headers' });
  return new FaultError(`${text}: it fails itself`, { remedy: 'Look at the log of that server, or try again later' });
}

const CERTIFICATE =
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(?:_LOCALLY)?)|CERT_UNTRUSTED)$/;
const NO_TLS = /^(?:ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|TLSV1_ALERT_\w+)|EPROTO)$/;

/**
 * Why a request got no answer; undefined where that is for another reason, such as a signal. Names the host and the port of
 * the URL and nothing else of it, for that can have secrets. Codes are those of Node 24 and of its undici.
 */
export function findFetchFault(error: unknown, url: string | URL): FaultError | undefined {
  if (!(error instanceof TypeError)) return undefined;
  const { cause } = error;
  const { hostname, port, protocol, username, password } = new URL(url);
  if (username !== '' || password !== '')
    return new FaultError('its URL has a user name or a password, which cannot be sent', {
      remedy: 'Send a header Authorization instead, with ${secret:NAME} in its value',
    });
  if (!(cause instanceof Error)) return undefined;
  const { code = '' } = cause as NodeJS.ErrnoException;
  const usedPort = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
  const place = `${hostname}:${usedPort}`;
  const found = toFault(cause.message === 'bad port' ? 'BAD_PORT' : code, { host: hostname, port: usedPort, place });
  if (found === undefined) return undefined;
  const named = code === '' ? '' : ` (${code})`;
  return new FaultError(`${found.text}${named}`, { remedy: found.remedy }, { cause: error });
}

interface Place {
  host: string;
  port: string;
  /** Host and port. */
  place: string;
}

function toFault(code: string, { host, port, place }: Place): { text: string; remedy: string } | undefined {
  if (CERTIFICATE.test(code))
    return {
      text: `the certificate of ${host} is from nobody whom this server trusts`,
      remedy: 'Name the certificate of its authority in NODE_EXTRA_CA_CERTS, and start the platform again',
    };
  if (NO_TLS.test(code))
    return { text: `${place} does not speak TLS`, remedy: 'Write the URL with http://, or correct its port' };
  switch (code) {
    case 'BAD_PORT':
      return {
        text: `nothing is sent to the port ${port}, because the Fetch standard keeps it for another service than HTTP`,
        remedy: 'Let the server listen on another port, such as 8080',
      };
    case 'ECONNREFUSED':
      return {
        text: `nothing listens at ${place}`,
        remedy:
          'Start the server there, or correct host and port. The platform connects from where it runs: in a container, localhost is the container',
      };
    case 'ENOTFOUND':
      return { text: `the host ${host} is not known`, remedy: 'Check how it is spelled, and the DNS of the server' };
    case 'EAI_AGAIN':
      return { text: `no DNS server says where the host ${host} is`, remedy: 'Check the network of the server' };
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return { text: `${place} does not answer`, remedy: 'Check whether a firewall stands between, and the port' };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return { text: `no network leads to ${place}`, remedy: 'Check the network of the server, and the address' };
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return {
        text: `${place} closed the connection without an answer`,
        remedy: 'Check whether it speaks HTTP, and whether the URL has to begin with http:// or https://',
      };
    case 'CERT_HAS_EXPIRED':
      return { text: `the certificate of ${host} has expired`, remedy: 'Renew it there' };
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return { text: `the certificate is for another host than ${host}`, remedy: 'Write the host that it names' };
    default:
      if (!code.startsWith('HPE_')) return undefined;
      return { text: `${place} answers in something that is no HTTP`, remedy: 'Correct the port of the URL' };
  }
}
