/** What a process and its descendants listen on, as Linux tells it in /proc. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface Listener {
  readonly pid: number;
  /** Program and first arguments. */
  readonly command: string;
  /** As in /proc/net/tcp: hexadecimal, each word in the machine's byte order. */
  readonly address: string;
  readonly port: number;
}

/** 127.0.0.1, ::1 and ::ffff:127.0.0.1 on a little-endian machine. */
const LOOPBACK = new Set(["0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F"]);

export const isLoopback = ({ address }: Listener): boolean => LOOPBACK.has(address);

/** TCP sockets in the state LISTEN. */
export function listenersOf(root: number): Listener[] {
  return withDescendants(root).flatMap((pid) => {
    const sockets = new Set(read(() => readdirSync(`/proc/${pid}/fd`), []).flatMap((fd) => socketInode(pid, fd)));
    const command = read(() => readFileSync(`/proc/${pid}/cmdline`, "utf8"), "")
      .replaceAll("\0", " ")
      .slice(0, 160);
    return ["tcp", "tcp6"].flatMap((family) =>
      read(() => readFileSync(`/proc/${pid}/net/${family}`, "utf8"), "")
        .split("\n")
        .slice(1)
        .flatMap((line) => {
          const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
          const [address = "", port = ""] = local.split(":");
          return state === "0A" && sockets.has(inode) ? [{ pid, command, address, port: Number.parseInt(port, 16) }] : [];
        }),
    );
  });
}

function withDescendants(root: number): number[] {
  const parents = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      const stat = read(() => readFileSync(`/proc/${name}/stat`, "utf8"), "");
      return { pid: Number(name), parent: Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) };
    });
  const below = (pid: number): number[] => [pid, ...parents.filter(({ parent }) => parent === pid).flatMap((child) => below(child.pid))];
  return below(root);
}

function socketInode(pid: number, fd: string): string[] {
  const target = read(() => readlinkSync(`/proc/${pid}/fd/${fd}`), "");
  return /^socket:\[(\d+)\]$/.exec(target)?.slice(1) ?? [];
}

/** A process may end while it is looked at. */
function read<T>(action: () => T, otherwise: T): T {
  try {
    return action();
  } catch {
    return otherwise;
  }
}
