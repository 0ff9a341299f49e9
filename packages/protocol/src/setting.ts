/** A setting of the server, as GET /api/v1/settings lists it. */
export interface SettingResource {
  /** Of its environment variable. */
  name: string;
  description: string;
  unit: string | null;
  /** As text; null where there is none. */
  default: string | null;
  /** Where the value comes from; `file`: the data directory. */
  source: 'default' | 'environment' | 'file';
  is_set: boolean;
  /** The value is never shown. */
  is_secret: boolean;
  /** As text; null for secrets, and where there is none. Of addresses only where they lead. */
  value: string | null;
  /** Whether a change takes effect with the next start. */
  needs_restart: boolean;
}
