/** Fills in secrets, and hides them again in what people see. */
export interface McpSecrets {
  /**
   * The values with each `${secret:NAME}` replaced. Called each time a server is started or connected to.
   * @throws Error with a message for people when one is not there or not granted.
   */
  resolve(
    values: Record<string, string>,
    context: { plugin?: string; userId?: string },
  ): Promise<Record<string, string>>;
  mask(text: string): string;
}

const SECRET = /\$\{secret:([^}]*)\}/;

/** Where no secrets are kept. A server that wants one is not started, and people are told. */
export const NO_SECRETS: McpSecrets = {
  async resolve(values) {
    const [, name] = SECRET.exec(Object.values(values).join('\n')) ?? [];
    if (name !== undefined) throw new Error(`it needs the secret ${name}, which is not there`);
    return values;
  },
  mask: (text) => text,
};
