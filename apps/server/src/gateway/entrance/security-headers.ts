import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

/** Only over https. Not for subdomains: what else runs below the name is not ours to say. */
const HSTS_SECONDS = 365 * 24 * 60 * 60;

/** What no page of ours uses, so that nothing that slips into one can. */
export const UNUSED_FEATURES = [
  'accelerometer',
  'browsing-topics',
  'camera',
  'display-capture',
  'geolocation',
  'gyroscope',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'serial',
  'usb',
  'xr-spatial-tracking',
];

/** For answers that no hook has seen: to requests that are no HTTP, or whose path cannot be decoded. */
export const BARE_ANSWER_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

/** The headers by which browsers protect people, on every answer. Call it before adding routes. */
export async function addSecurityHeaders(app: FastifyInstance, { isHttps }: { isHttps: boolean }): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        connectSrc: ["'self'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        // The library that holds the page still behind a dialog adds a style of its own.
        styleSrc: ["'self'", "'unsafe-inline'"],
        scriptSrc: ["'self'"],
        // Helmet's default allows fonts from any https site. Small fonts are in the styles.
        fontSrc: ["'self'", 'data:'],
        // Also where a frame may lead itself: the pages of apps, which have headers of their own.
        frameSrc: ["'self'"],
        objectSrc: ["'none'"],
        frameAncestors: ["'none'"],
        // On plain http, as on a laptop, there is nothing to upgrade to.
        upgradeInsecureRequests: null,
      },
    },
    strictTransportSecurity: isHttps && { maxAge: HSTS_SECONDS, includeSubDomains: false },
    xFrameOptions: { action: 'deny' },
  });
  const permissionsPolicy = UNUSED_FEATURES.map((feature) => `${feature}=()`).join(', ');
  app.addHook('onRequest', async (_request, reply) => {
    void reply.header('permissions-policy', permissionsPolicy);
  });
}
