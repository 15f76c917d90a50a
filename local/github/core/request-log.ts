/**
 * What was asked of the server: method, address without query, operation, status, caller, time. Never bodies, never tokens.
 * Entries are numbered from 1 and kept in a database of their own, so that a write that is rolled back is still in the log;
 * a kill loses at most the last quarter of a second.
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";

export interface LogEntry {
  readonly n: number;
  readonly time: string;
  readonly method: string;
  readonly path: string;
  /** Operation of the description, `graphql/<field>`, `git/<service>`, or an empty text when the address is unknown. */
  readonly operationId: string;
  readonly status: number;
  readonly actor: string;
  readonly ms: number;
  /** Whether the request could change something: a REST method other than GET, a GraphQL mutation, a push. */
  readonly write: boolean;
}

export interface LogSummary {
  /** Number of the last entry: the marker to ask from next time. */
  readonly last: number;
  readonly total: number;
  readonly writes: number;
  readonly byOperation: Readonly<Record<string, number>>;
  readonly byStatus: Readonly<Record<string, number>>;
}

const KEPT = 500_000;
const FLUSH_MS = 250;

export class RequestLog {
  private readonly database: DatabaseSync;
  private readonly insert: StatementSync;
  private pending: LogEntry[] = [];
  private last: number;
  private timer: NodeJS.Timeout | undefined;

  constructor(file: string) {
    this.database = new DatabaseSync(file);
    this.database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
      CREATE TABLE IF NOT EXISTS request (n INTEGER PRIMARY KEY, time TEXT, method TEXT, path TEXT, operationId TEXT, status INTEGER,
        actor TEXT, ms REAL, write INTEGER) STRICT`);
    this.insert = this.database.prepare("INSERT INTO request VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    this.last = Number(this.database.prepare("SELECT max(n) AS last FROM request").get()?.["last"] ?? 0);
  }

  add(entry: Omit<LogEntry, "n">): void {
    this.last += 1;
    this.pending.push({ n: this.last, ...entry });
    this.timer ??= setTimeout(() => {
      this.flush();
    }, FLUSH_MS).unref();
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.pending.length === 0) return;
    this.database.exec("BEGIN");
    for (const { n, time, method, path, operationId, status, actor, ms, write } of this.pending) {
      this.insert.run(n, time, method, path, operationId, status, actor, ms, Number(write));
    }
    this.database.prepare("DELETE FROM request WHERE n <= ?").run(this.last - KEPT);
    this.database.exec("COMMIT");
    this.pending = [];
  }

  /** Entries after number `since`, oldest first; the last `limit` of them. */
  entries(since: number, limit: number): LogEntry[] {
    this.flush();
    const rows = this.database
      .prepare("SELECT * FROM (SELECT * FROM request WHERE n > ? ORDER BY n DESC LIMIT ?) ORDER BY n")
      .all(since, limit);
    return rows.map((row) => ({ ...(row as unknown as LogEntry), write: row["write"] === 1 }));
  }

  summary(since: number): LogSummary {
    this.flush();
    const counts = (column: "operationId" | "status"): Record<string, number> => {
      const rows = this.database
        .prepare(`SELECT ${column} AS name, count(*) AS count FROM request WHERE n > ? GROUP BY 1 ORDER BY 1`)
        .all(since);
      return Object.fromEntries(rows.map((row) => [String(row["name"]), Number(row["count"])]));
    };
    const totals = this.database.prepare("SELECT count(*) AS total, coalesce(sum(write), 0) AS writes FROM request WHERE n > ?").get(since);
    return {
      last: this.last,
      total: Number(totals?.["total"]),
      writes: Number(totals?.["writes"]),
      byOperation: counts("operationId"),
      byStatus: counts("status"),
    };
  }

  /** Forgets all entries; numbering goes on, so that a marker taken before stays a marker. */
  reset(): void {
    this.flush();
    this.database.prepare("DELETE FROM request").run();
  }

  close(): void {
    this.flush();
    this.database.close();
  }
}
