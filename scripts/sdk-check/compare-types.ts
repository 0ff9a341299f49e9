import type { ExportedTypes } from './read-types.ts';

/** The differences in one exported type, by the names of its members. */
export interface TypeChange {
  name: string;
  added: string[];
  removed: string[];
  changed: { member: string; before: string; after: string }[];
}

export interface TypesComparison {
  added: string[];
  removed: string[];
  changed: TypeChange[];
}

export function compareTypes(before: ExportedTypes, after: ExportedTypes): TypesComparison {
  const changed = [...after].flatMap(([name, members]): TypeChange[] => {
    const old = before.get(name);
    if (old === undefined) return [];
    const change: TypeChange = { name, added: missingIn(old, members), removed: missingIn(members, old), changed: [] };
    for (const [member, text] of members) {
      const was = old.get(member);
      if (was !== undefined && was !== text) change.changed.push({ member, before: was, after: text });
    }
    return change.added.length + change.removed.length + change.changed.length > 0 ? [change] : [];
  });
  return { added: missingIn(before, after), removed: missingIn(after, before), changed };
}

/** The names in `all` that are not in `some`. */
function missingIn(some: ReadonlyMap<string, unknown>, all: ReadonlyMap<string, unknown>): string[] {
  return [...all.keys()].filter((name) => !some.has(name));
}
