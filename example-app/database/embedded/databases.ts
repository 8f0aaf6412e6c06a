// All databases of one server: by name, created by the first write, as MongoDB does.
import { Collection } from "./collection.js";
import { CommandError } from "./errors.js";

export class Databases {
  readonly #databases = new Map<string, Map<string, Collection>>();

  find(database: string, name: string): Collection | undefined {
    return this.#databases.get(database)?.get(name);
  }

  findOrCreate(database: string, name: string): Collection {
    const collections = this.#databases.get(database) ?? new Map<string, Collection>();
    const collection =
      collections.get(name) ?? new Collection(`${checkedDatabase(database)}.${checked(name)}`);
    this.#databases.set(database, collections.set(name, collection));
    return collection;
  }

  drop(database: string, name?: string): boolean {
    if (name === undefined) return this.#databases.delete(database);
    return this.#databases.get(database)?.delete(name) ?? false;
  }

  names(): string[] {
    return [...this.#databases.entries()].filter(([, { size }]) => size > 0).map(([name]) => name);
  }

  collections(database: string): string[] {
    return [...(this.#databases.get(database)?.keys() ?? [])];
  }

  /** Removes in every collection what its TTL indexes say is over. */
  expire(now: Date): number {
    let count = 0;
    for (const collections of this.#databases.values()) {
      for (const collection of collections.values()) count += collection.expire(now);
    }
    return count;
  }
}

function checkedDatabase(name: string): string {
  if (/^[^/\\. "$*<>:|?\0]{1,63}$/.test(name)) return name;
  throw new CommandError(73, `Invalid database name: '${name}'`);
}

function checked(name: string): string {
  if (name !== "" && !name.includes("$") && !name.includes("\0") && !/^\.|\.$/.test(name)) return name;
  throw new CommandError(73, `Invalid collection name: '${name}'`);
}
