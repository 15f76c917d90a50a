import { get as httpGet } from "node:http";
import { get as httpsGet } from "node:https";
import { connect } from "node:net";
import { readFrom } from "./logs.ts";
import type { Probe } from "./service.ts";

const ATTEMPT_MS = 2000;

/** Asks a probe once. `log` tells where the log of this start begins. Never throws: no answer is `false`. */
export async function ask(probe: Probe, log: { readonly file: string; readonly offset: number }): Promise<boolean> {
  switch (probe.kind) {
    case "http":
      return askHttp(probe.url, probe.insecure ?? false);
    case "tcp":
      return askTcp(probe.host, probe.port);
    case "log":
      return new RegExp(probe.pattern, "m").test(readFrom(log.file, log.offset).text);
    case "function":
      try {
        return await probe.check();
      } catch {
        return false;
      }
    case "completed":
      return false;
  }
}

/** In words, for an error: `GET http://… did not answer 2xx`. */
export function unmet(probe: Probe): string {
  switch (probe.kind) {
    case "http":
      return `GET ${probe.url} did not answer 2xx`;
    case "tcp":
      return `nothing accepted connections on ${probe.host}:${probe.port}`;
    case "log":
      return `no line of its log matched /${probe.pattern}/`;
    case "function":
      return "its check did not succeed";
    case "completed":
      return "it did not come to its end";
  }
}

function askHttp(url: string, insecure: boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const answer = (response: { statusCode?: number | undefined; resume: () => unknown }) => {
      response.resume();
      resolve(response.statusCode !== undefined && response.statusCode >= 200 && response.statusCode < 300);
    };
    const options = { timeout: ATTEMPT_MS, agent: false };
    const request = url.startsWith("https:")
      ? httpsGet(url, { ...options, rejectUnauthorized: !insecure }, answer)
      : httpGet(url, options, answer);
    request.on("timeout", () => request.destroy(new Error("timeout")));
    request.on("error", () => {
      resolve(false);
    });
  });
}

function askTcp(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: ATTEMPT_MS });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => {
      end(true);
    });
    socket.once("timeout", () => {
      end(false);
    });
    socket.once("error", () => {
      end(false);
    });
  });
}
