/** The streams and settings that a command gets from its process. */
export interface CliContext {
  environment: Readonly<Record<string, string | undefined>>;
  print: (text: string) => void;
  printError: (text: string) => void;
  /** Ends a command that goes on until it is stopped. By default SIGINT, SIGTERM and SIGHUP do. */
  signal?: AbortSignal;
}
