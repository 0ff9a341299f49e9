/** A method of the official SDK's `client.beta`, such as `sessions.events.list`. */
export interface SdkMethod {
  name: string;
  call: (...parameters: unknown[]) => unknown;
}

/** Every method of every resource under `resource`, by name. */
export function walkSdk(resource: object, prefix = ''): SdkMethod[] {
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(resource))
    .filter((name) => name !== 'constructor' && !name.startsWith('_'))
    .flatMap((name): SdkMethod[] => {
      const method: unknown = Reflect.get(resource, name);
      if (typeof method !== 'function') return [];
      const call = (...parameters: unknown[]): unknown => Reflect.apply(method, resource, parameters);
      return [{ name: `${prefix}${name}`, call }];
    });
  const children = Object.entries(resource).filter(([name, value]) => !name.startsWith('_') && isResource(value));
  return [...methods, ...children.flatMap(([name, child]) => walkSdk(child as object, `${prefix}${name}.`))].toSorted(
    (a, b) => (a.name < b.name ? -1 : 1),
  );
}

function isResource(value: unknown): boolean {
  return typeof value === 'object' && value !== null && '_client' in value;
}
