/**
 * Durable state of the server: JSON records in SQLite, one table, grouped by kind. A record has a number that never changes, an owner
 * (the id of the record it belongs to, 0 for none) and a key that is unique among its kind and owner, compared without regard to case.
 */
export interface Store {
  collection<T extends object>(kind: string): Collection<T>;
  /** Next id of a sequence shared by all kinds: ids are never used twice, as at GitHub. */
  nextId(): number;
  /** Next number of a sequence of its own, such as pull request numbers of a repository. */
  nextNumber(sequence: string): number;
  /** Removes every record of every kind that belongs to `id`, and what belongs to those in turn. */
  removeDescendants(id: number): void;
}

export interface Stored<T> {
  readonly id: number;
  readonly owner: number;
  readonly key: string;
  readonly value: T;
}

export interface Collection<T extends object> {
  get(owner: number, key: string): Stored<T> | undefined;
  byId(id: number): Stored<T> | undefined;
  /** Records of one owner, in order of creation. */
  list(owner: number): Stored<T>[];
  /** Records of every owner, in order of creation. */
  all(): Stored<T>[];
  /** @throws StoreConflict when the key is taken. */
  insert(owner: number, key: string, value: T, id?: number): Stored<T>;
  /** Replaces the value, and the key where one is given. @throws StoreConflict when that key is taken. */
  update(id: number, value: T, key?: string): Stored<T>;
  /** Moves a record to another owner. @throws StoreConflict when its key is taken there. */
  move(id: number, owner: number): Stored<T>;
  remove(id: number): void;
  removeOwned(owner: number): void;
}

/** A key is taken among its kind and owner. Handlers that do not answer it themselves get GitHub's 422 `already_exists`. */
export class StoreConflict extends Error {
  readonly kind: string;
  readonly key: string;

  constructor(kind: string, key: string) {
    super(`${kind} "${key}" exists already`);
    this.kind = kind;
    this.key = key;
    this.name = "StoreConflict";
  }
}
