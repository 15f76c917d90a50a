/** Runs a piece of the program without an engine and records every registration as the engine would receive it. */
import * as pulumi from "@pulumi/pulumi";
import type { MockCallArgs, MockResourceArgs } from "@pulumi/pulumi/runtime/mocks.js";

/** One registered resource. */
export interface Registered {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** As sent: a secret is an object with the SDK's signature, see `isSecret`. */
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly parent: string;
  readonly provider: string;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly dependencies: readonly string[];
  readonly ignoreChanges: readonly string[];
}

export interface Registrations<Result> {
  readonly result: Result;
  readonly resources: readonly Registered[];
  /** Look-ups that were made: token and arguments. */
  readonly calls: readonly MockCallArgs[];
}

export interface Surroundings {
  readonly stack?: string;
  /** What the foundation's outputs hold, for a StackReference or the foundation itself. */
  readonly foundationOutputs?: Readonly<Record<string, unknown>>;
  readonly config?: Readonly<Record<string, string>>;
  readonly organization?: string;
}

/** What the wrapped monitor reads of a registration request. */
interface RegisterRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getProvider(): string;
  getProtect(): boolean;
  getRetainondelete(): boolean;
  getDependenciesList(): string[];
  getIgnorechangesList(): string[];
  getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
}
type RegisterCallback = (error: unknown, response: { getUrn(): string } | undefined) => void;
interface MockMonitor {
  registerResource(request: RegisterRequest, callback: RegisterCallback): Promise<void>;
}

const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const signatureKey = "4dabf18193072939515e22adb298388d";

/** Whether an input was sent as a secret. */
export function isSecret(value: unknown): boolean {
  return typeof value === "object" && value !== null && (value as Record<string, unknown>)[signatureKey] === secretSignature;
}

/** The text inside a secret input. */
export function openSecret(value: unknown): unknown {
  return (value as { value: unknown }).value;
}

/** Runs `build`, waits until all is registered, and hands back the record. What `build` throws is thrown, with nothing left behind. */
export async function register<Result>(build: () => Result | Promise<Result>, around: Surroundings = {}): Promise<Registrations<Result>> {
  const before = { stackTraceLimit: Error.stackTraceLimit, prepareStackTrace: Reflect.get(Error, "prepareStackTrace") as unknown };
  // Every internal promise of the SDK captures a stack trace, and every resource one without a limit, to tell the engine where it was made:
  // a third of the time. Faults carry their place in the message.
  if (process.env["GATEHOUSE_DEBUG"] !== "1") {
    Error.stackTraceLimit = 0;
    Error.prepareStackTrace = String;
  }
  try {
    return await recorded(build, around);
  } finally {
    Object.assign(Error, before);
  }
}

async function recorded<Result>(build: () => Result | Promise<Result>, around: Surroundings): Promise<Registrations<Result>> {
  const resources: Registered[] = [];
  const calls: MockCallArgs[] = [];
  await pulumi.runtime.setMocks(mocks(calls, around), "gatehouse", around.stack ?? "prod", false, around.organization ?? "organization");
  pulumi.runtime.setAllConfig({ ...around.config });
  const monitor = pulumi.runtime.getMonitor() as unknown as MockMonitor;
  const send = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) =>
    send(request, (error, response) => {
      if (response !== undefined) resources.push(describe(request, response.getUrn()));
      callback(error, response);
    });
  const result = await build();
  await answered();
  return { result, resources, calls };
}

/** Waits, without a sleep, until every registration that was made is answered. */
export async function answered(): Promise<void> {
  // Stripped from the type declarations, there at run time.
  await (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
}

function describe(request: RegisterRequest, urn: string): Registered {
  return {
    urn,
    type: request.getType(),
    name: request.getName(),
    inputs: request.getObject()?.toJavaScript() ?? {},
    parent: request.getParent(),
    provider: request.getProvider(),
    protect: request.getProtect(),
    retainOnDelete: request.getRetainondelete(),
    dependencies: request.getDependenciesList(),
    ignoreChanges: request.getIgnorechangesList(),
  };
}

/** Answers as the services would: numbers for what GitHub numbers, ids of teams made from their slugs. */
function mocks(calls: MockCallArgs[], around: Surroundings): pulumi.runtime.Mocks {
  let count = 0;
  return {
    newResource(args: MockResourceArgs) {
      count += 1;
      if (args.type === "pulumi:pulumi:StackReference") {
        return { id: args.name, state: { ...(args.inputs as object), outputs: { ...around.foundationOutputs } } };
      }
      return { id: `${args.name}-id`, state: { ...(args.inputs as object), repoId: count, rulesetId: count } };
    },
    call(args: MockCallArgs) {
      if (args.token === "pulumi:pulumi:readStackOutputs") return { ...(args.inputs as object), outputs: { ...around.foundationOutputs } };
      calls.push(args);
      const inputs = args.inputs as { slug?: string; username?: string; name?: string };
      if (args.token.endsWith("getRegistryImage")) return { id: "image", sha256Digest: `sha256:${"0".repeat(64)}`, ...inputs };
      return { id: String(numberOf(inputs.slug ?? inputs.username ?? "")), ...inputs };
    },
  };
}

/** A stable number for a name, as mocks give it to a team or a user. */
export function numberOf(name: string): number {
  return Array.from(name).reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_003, 7);
}
