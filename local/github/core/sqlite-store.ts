/** The Store over `node:sqlite`: one connection for writes inside a transaction, one for reads that see the last committed state (WAL). */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type Collection, type Store, StoreConflict, type Stored } from "./store.ts";

const SCHEMA = `
CREATE TABLE IF NOT EXISTS record (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, owner INTEGER NOT NULL, key TEXT NOT NULL COLLATE NOCASE, value TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS record_owner ON record (owner);
CREATE UNIQUE INDEX IF NOT EXISTS record_key ON record (kind, owner, key);
CREATE TABLE IF NOT EXISTS sequence (name TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

/** The first id is far from 0, so that an id is never mistaken for a count or an index. */
const FIRST_ID = 1001;

interface Row {
  id: number;
  owner: number;
  key: string;
  value: string;
}

type Sql = (text: string) => StatementSync;

export class SqliteStore {
  private readonly writer: DatabaseSync;
  private readonly readerConnection: DatabaseSync;
  /** Sees only committed state; refuses writes. */
  readonly reader: Store;
  private readonly writerStore: Store;

  /** @param file path of the database file; its folder must exist. */
  constructor(file: string) {
    this.writer = new DatabaseSync(file);
    this.writer.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000");
    this.writer.exec(SCHEMA);
    this.readerConnection = new DatabaseSync(file, { readOnly: true });
    this.writerStore = storeOver(prepared(this.writer));
    this.reader = storeOver(prepared(this.readerConnection));
  }

  /** Runs `work` in one transaction: all of it is durable when the promise resolves, none of it when it rejects. Callers serialise. */
  async transaction<T>(work: (store: Store) => Promise<T> | T): Promise<T> {
    this.writer.exec("BEGIN IMMEDIATE");
    try {
      const result = await work(this.writerStore);
      this.writer.exec("COMMIT");
      return result;
    } catch (error) {
      this.writer.exec("ROLLBACK");
      throw error;
    }
  }

  close(): void {
    this.readerConnection.close();
    this.writer.close();
  }
}

function prepared(database: DatabaseSync): Sql {
  const statements = new Map<string, StatementSync>();
  return (text) => {
    const known = statements.get(text);
    if (known) return known;
    const statement = database.prepare(text);
    statements.set(text, statement);
    return statement;
  };
}

function storeOver(sql: Sql): Store {
  const nextNumber = (sequence: string): number => {
    const row = sql("INSERT INTO sequence VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET last = last + 1 RETURNING last").get(sequence);
    return Number(row?.["last"]);
  };
  const nextId = (): number => FIRST_ID - 1 + nextNumber("id");
  const removeDescendants = (id: number): void => {
    sql(`WITH RECURSIVE descendant (id) AS (
      SELECT id FROM record WHERE owner = ? UNION SELECT record.id FROM record JOIN descendant ON record.owner = descendant.id
    ) DELETE FROM record WHERE id IN descendant`).run(id);
  };
  return { nextNumber, nextId, removeDescendants, collection: <T extends object>(kind: string) => collectionOver<T>(sql, kind, nextId) };
}

function collectionOver<T extends object>(sql: Sql, kind: string, nextId: () => number): Collection<T> {
  const columns = "SELECT id, owner, key, value FROM record";
  const read = (row: unknown): Stored<T> => {
    const { id, owner, key, value } = row as Row;
    return { id, owner, key, value: JSON.parse(value) as T };
  };
  const maybe = (row: unknown): Stored<T> | undefined => (row === undefined ? undefined : read(row));
  const byId = (id: number): Stored<T> | undefined => maybe(sql(`${columns} WHERE id = ? AND kind = ?`).get(id, kind));
  const existing = (id: number): Stored<T> => {
    const found = byId(id);
    if (!found) throw new Error(`${kind} ${id} does not exist`);
    return found;
  };
  const unique = <R>(key: string, write: () => R): R => {
    try {
      return write();
    } catch (error) {
      if (error instanceof Error && error.message.startsWith("UNIQUE constraint failed")) throw new StoreConflict(kind, key);
      throw error;
    }
  };
  return {
    byId,
    get: (owner, key) => maybe(sql(`${columns} WHERE kind = ? AND owner = ? AND key = ?`).get(kind, owner, key)),
    list: (owner) => sql(`${columns} WHERE kind = ? AND owner = ? ORDER BY id`).all(kind, owner).map(read),
    all: () => sql(`${columns} WHERE kind = ? ORDER BY id`).all(kind).map(read),
    insert(owner, key, value, id = nextId()) {
      unique(key, () => sql("INSERT INTO record VALUES (?, ?, ?, ?, ?)").run(id, kind, owner, key, JSON.stringify(value)));
      return { id, owner, key, value };
    },
    update(id, value, key) {
      const found = existing(id);
      const newKey = key ?? found.key;
      unique(newKey, () => sql("UPDATE record SET key = ?, value = ? WHERE id = ?").run(newKey, JSON.stringify(value), id));
      return { ...found, key: newKey, value };
    },
    move(id, owner) {
      const found = existing(id);
      unique(found.key, () => sql("UPDATE record SET owner = ? WHERE id = ?").run(owner, id));
      return { ...found, owner };
    },
    remove: (id) => void sql("DELETE FROM record WHERE id = ? AND kind = ?").run(id, kind),
    removeOwned: (owner) => void sql("DELETE FROM record WHERE kind = ? AND owner = ?").run(kind, owner),
  };
}
