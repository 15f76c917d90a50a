import type { Store } from "../../core/store.ts";

/** A settings record of which every owner has at most one: what is not stored is the default. */
export interface Single<T extends object> {
  read(store: Store, owner: number): T;
  /** Sets the fields given, keeps the others. */
  write(store: Store, owner: number, changes: Partial<T>): T;
  clear(store: Store, owner: number): void;
}

/** @param kind of record in the store. @param fallback what GitHub answers as long as nobody set anything. */
export function single<T extends object>(kind: string, fallback: T): Single<T> {
  const KEY = "-";
  return {
    read: (store, owner) => ({ ...fallback, ...store.collection<T>(kind).get(owner, KEY)?.value }),
    write(store, owner, changes) {
      const collection = store.collection<T>(kind);
      const present = collection.get(owner, KEY);
      const value = { ...fallback, ...present?.value, ...changes };
      if (present) collection.update(present.id, value);
      else collection.insert(owner, KEY, value);
      return value;
    },
    clear: (store, owner) => {
      store.collection<T>(kind).removeOwned(owner);
    },
  };
}
