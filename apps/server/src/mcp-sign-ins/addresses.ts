/** The page of the web app to which authorization servers send people back. */
export const CALLBACK_PATH = '/mcp-sign-in';
export const CLIENT_METADATA_PATH = '/oauth/client-metadata.json';

/** Address of the platform's client id metadata document; undefined where authorization servers cannot read it by https. */
export function toClientMetadataUrl(publicUrl: string | undefined): string | undefined {
  if (publicUrl?.startsWith('https:') !== true) return undefined;
  return `${publicUrl.replace(/\/$/, '')}${CLIENT_METADATA_PATH}`;
}
