/** `runtime.options` of a project file, and what they and a request turn into on the command line of Node. */
import type { ProgramInfo, RunRequest } from "@pulumi/pulumi/proto/language_pb.js";

export interface RuntimeOptions {
  /** Let the SDK compile TypeScript itself. @default true, as with the vendor's language host */
  readonly typescript: boolean;
  readonly tsconfig: string | undefined;
  /** Arguments for Node, split as a shell would. */
  readonly nodeargs: readonly string[];
  /** Install no development dependencies. */
  readonly production: boolean;
}

/** Anything that names a limit on stack traces: it makes programs fast, and debugging hard. */
const STACK_TRACE_LIMIT = /^--stack[-_]trace[-_]limit=/;

/**
 * @param debug true keeps whole stack traces, whatever `nodeargs` says.
 * @throws when an option is not of its type.
 */
export function runtimeOptions(info: ProgramInfo | undefined, debug: boolean): RuntimeOptions {
  const options = (info?.getOptions()?.toJavaScript() ?? {}) as Record<string, unknown>;
  const read = <T>(name: string, type: "boolean" | "string", fallback: T): T => {
    const value = options[name];
    if (value === undefined || value === null) return fallback;
    if (typeof value === type) return value as T;
    throw new Error(`runtime.options.${name} in the project file must be a ${type}, it is ${JSON.stringify(value)}`);
  };
  const manager = read<string>("packagemanager", "string", "npm");
  if (manager !== "npm" && manager !== "auto") {
    throw new Error(`runtime.options.packagemanager is ${JSON.stringify(manager)}: this language host knows npm only`);
  }
  const nodeargs = splitArguments(read("nodeargs", "string", ""));
  return {
    typescript: read("typescript", "boolean", true),
    tsconfig: read<string | undefined>("tsconfig", "string", undefined),
    nodeargs: debug ? nodeargs.filter((argument) => !STACK_TRACE_LIMIT.test(argument)) : nodeargs,
    production: read("production", "boolean", false),
  };
}

/**
 * Splits words at spaces; single and double quotes and backslashes keep them together, as in a shell.
 *
 * @throws when a quote is not closed.
 */
export function splitArguments(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (quote !== undefined && character === quote) quote = undefined;
    else if (character === "\\" && quote !== "'") word = (word ?? "") + text.charAt(++i);
    else if (quote !== undefined) word = (word ?? "") + character;
    else if (character === "'" || character === '"') [quote, word] = [character, word ?? ""];
    else if (!/\s/.test(character)) word = (word ?? "") + character;
    else if (word !== undefined) [word] = [undefined, words.push(word)];
  }
  if (quote !== undefined) throw new Error(`runtime.options.nodeargs has a ${quote} that is not closed: ${text}`);
  return word === undefined ? words : [...words, word];
}

/** The arguments of `@pulumi/pulumi/cmd/run`, in the order in which the vendor's language host gives them. */
export function programArguments(request: RunRequest, engineAddress: string): readonly string[] {
  const info = request.getInfo();
  const flag = (name: string, value: string | undefined): readonly string[] =>
    value === undefined || value === "" ? [] : [`--${name}`, value];
  return [
    ...flag("monitor", request.getMonitorAddress()),
    ...flag("engine", engineAddress),
    ...flag("organization", request.getOrganization()),
    ...flag("project", request.getProject()),
    ...flag("root-directory", info?.getRootDirectory()),
    ...flag("stack", request.getStack()),
    ...flag("pwd", info?.getProgramDirectory()),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    ...flag("parallel", String(request.getParallel())),
    info?.getEntryPoint() ?? ".",
    ...request.getArgsList(),
  ];
}

/** The environment variables that carry a stack's configuration to the SDK. */
export function programConfiguration(request: RunRequest): Record<string, string> {
  const config: Record<string, string> = {};
  for (const [key, value] of request.getConfigMap().entries()) config[oldKey(key)] = value;
  return {
    PULUMI_CONFIG: JSON.stringify(config),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
  };
}

/** `project:name` in the form `project:config:name`, which every version of the SDK reads. */
function oldKey(key: string): string {
  const colon = key.indexOf(":");
  const name = key.slice(colon + 1);
  return name.startsWith("config:") ? key : `${key.slice(0, colon)}:config:${name}`;
}

/** How the SDK is told to compile TypeScript. */
export function compilerEnvironment(options: RuntimeOptions): Record<string, string> {
  return {
    ...(options.typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
    ...(options.tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig }),
  };
}
