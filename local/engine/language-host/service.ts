/** The calls that the engine makes on a language host. */
import { createRequire } from "node:module";
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  status,
  type handleServerStreamingCall,
  type handleUnaryCall,
  type ServerUnaryCall,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
// The generated modules give their names at run time: Node sees a default export only.
import google, { type Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import proto from "@pulumi/pulumi/proto/language_pb.js";
import type * as message from "@pulumi/pulumi/proto/language_pb.js";
import plugin, { type PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import { runChild, stopChildren, type Ending } from "./child.ts";
import { compilerEnvironment, programArguments, programConfiguration, runtimeOptions } from "./options.ts";
import { programDependencies, readPackage, requiredPackages } from "./packages.ts";

/** The SDK ends a program with this code when it has told the user what is wrong: nothing is to be added. */
const ALREADY_EXPLAINED = 32;

const debugging = (): boolean => !["", "0", undefined].includes(process.env["GATEHOUSE_DEBUG"]);

/** @param follow called with the address of the engine that shook hands. */
export function languageHost(engineAddress: string, follow: (address: string) => void): UntypedServiceImplementation {
  let engine = engineAddress;

  const handshake = unary<message.LanguageHandshakeRequest, message.LanguageHandshakeResponse>((request) => {
    engine = request.getEngineAddress();
    follow(engine);
    return new proto.LanguageHandshakeResponse();
  });

  const run = unary<message.RunRequest, message.RunResponse>(async (request, onCancelled) => {
    const response = new proto.RunResponse();
    try {
      const ending = await runProgram(request, engine, onCancelled);
      if (ending.code === ALREADY_EXPLAINED) response.setBail(true);
      else if (ending.problem !== undefined) response.setError(ending.problem);
    } catch (error) {
      response.setError(messageOf(error));
    }
    return response;
  });

  return {
    handshake,
    run,
    runPlugin: streaming<message.RunPluginRequest, message.RunPluginResponse>(runPlugin),
    getRequiredPackages: unary<message.GetRequiredPackagesRequest, message.GetRequiredPackagesResponse>((request) =>
      new proto.GetRequiredPackagesResponse().setPackagesList(requiredPackages(directoryOf(request.getInfo()))),
    ),
    getRequiredPlugins: unary<message.GetRequiredPluginsRequest, message.GetRequiredPluginsResponse>((request) =>
      new proto.GetRequiredPluginsResponse().setPluginsList(
        requiredPackages(directoryOf(request.getInfo())).map((dependency) =>
          new plugin.PluginDependency()
            .setName(dependency.getName())
            .setKind(dependency.getKind())
            .setVersion(dependency.getVersion())
            .setServer(dependency.getServer()),
        ),
      ),
    ),
    getProgramDependencies: unary<message.GetProgramDependenciesRequest, message.GetProgramDependenciesResponse>((request) =>
      new proto.GetProgramDependenciesResponse().setDependenciesList(
        programDependencies(directoryOf(request.getInfo()), request.getTransitivedependencies()),
      ),
    ),
    installDependencies: streaming<message.InstallDependenciesRequest, message.InstallDependenciesResponse>(installDependencies),
    about: unary<message.AboutRequest, message.AboutResponse>(() =>
      new proto.AboutResponse().setExecutable(process.execPath).setVersion(process.version),
    ),
    getPluginInfo: unary<Empty, PluginInfo>(() => {
      const sdk = readPackage(join(import.meta.dirname, "..", "..", "..", "node_modules", "@pulumi", "pulumi"));
      return new plugin.PluginInfo().setVersion(sdk?.version ?? "");
    }),
    cancel: unary<Empty, Empty>(() => {
      stopChildren();
      return new google.Empty();
    }),
  };
}

async function runProgram(
  request: message.RunRequest,
  engine: string,
  onCancelled: (stop: () => void) => void,
): Promise<Ending & { readonly problem?: string }> {
  if (request.getAttachDebugger()) {
    throw new Error('--attach-debugger is not known to this language host: set runtime.options.nodeargs to "--inspect-brk" instead');
  }
  const options = runtimeOptions(request.getInfo(), debugging());
  const script = locate(process.env["PULUMI_LANGUAGE_NODEJS_RUN_PATH"] ?? "@pulumi/pulumi/cmd/run", directoryOf(request.getInfo()));
  const seen = { outOfMemory: false };
  const ending = await runChild(
    process.execPath,
    [...options.nodeargs, script, ...programArguments(request, engine)],
    { env: { ...process.env, ...programConfiguration(request), ...compilerEnvironment(options) } },
    {
      // The engine reads the language host's own streams and shows them as the program's.
      stdout: (chunk) => process.stdout.write(chunk),
      stderr: (chunk) => {
        seen.outOfMemory ||= chunk.includes("JavaScript heap out of memory");
        process.stderr.write(chunk);
      },
    },
    onCancelled,
  );
  const problem = problemOf(ending);
  if (problem === undefined) return ending;
  const advice = seen.outOfMemory ? ". Node ran out of memory: add --max-old-space-size=<megabytes> to runtime.options.nodeargs" : "";
  return { ...ending, problem: `${problem}${advice}` };
}

async function runPlugin(
  request: message.RunPluginRequest,
  write: (reply: message.RunPluginResponse) => void,
  onCancelled: (stop: () => void) => void,
): Promise<void> {
  const directory = directoryOf(request.getInfo());
  const options = runtimeOptions(request.getInfo(), debugging());
  const analyzer = request.getKind() === "analyzer";
  const script = locate(analyzer ? "@pulumi/pulumi/cmd/run-policy-pack" : "@pulumi/pulumi/cmd/run-plugin", directory);
  // Policy packs take their folder last, other plugins first; nodeargs come after the script: so does the vendor's language host.
  const own = analyzer ? [...request.getArgsList(), directory] : [directory, ...request.getArgsList()];
  const given = request.getEnvList().map((pair): [string, string] => {
    const equals = pair.indexOf("=");
    return [pair.slice(0, equals), pair.slice(equals + 1)];
  });
  const ending = await runChild(
    process.execPath,
    [script, ...options.nodeargs, ...own],
    {
      cwd: analyzer ? directory : request.getPwd(),
      env: { ...(given.length > 0 ? Object.fromEntries(given) : process.env), ...compilerEnvironment(options) },
    },
    {
      stdout: (chunk) => {
        write(new proto.RunPluginResponse().setStdout(chunk));
      },
      stderr: (chunk) => {
        write(new proto.RunPluginResponse().setStderr(chunk));
      },
    },
    onCancelled,
  );
  write(new proto.RunPluginResponse().setExitcode(ending.code ?? 1));
}

async function installDependencies(
  request: message.InstallDependenciesRequest,
  write: (reply: message.InstallDependenciesResponse) => void,
  onCancelled: (stop: () => void) => void,
): Promise<void> {
  const directory = directoryOf(request.getInfo());
  const say = (chunk: Buffer): void => {
    write(new proto.InstallDependenciesResponse().setStdout(chunk));
  };
  const { production } = runtimeOptions(request.getInfo(), false);
  const args = [existsSync(join(directory, "package-lock.json")) ? "ci" : "install", ...(production ? ["--omit=dev"] : [])];
  say(Buffer.from(`Installing dependencies: npm ${args.join(" ")}\n`));
  const ending = await runChild(
    "npm",
    args,
    { cwd: directory, env: process.env },
    {
      stdout: say,
      stderr: (chunk) => {
        write(new proto.InstallDependenciesResponse().setStderr(chunk));
      },
    },
    onCancelled,
  );
  if (ending.code !== 0) throw new Error(`npm ${args.join(" ")} in ${directory}: ${problemOf(ending) ?? ""}`);
  say(Buffer.from("Finished installing dependencies\n"));
}

function problemOf({ code, signal }: Ending): string | undefined {
  if (code === 0) return undefined;
  return code === undefined ? `Program was ended by ${signal ?? "a signal"}` : `Program exited with non-zero exit code: ${code}`;
}

function directoryOf(info: message.ProgramInfo | undefined): string {
  return info?.getProgramDirectory() ?? process.cwd();
}

/** @throws when the program's own node_modules have no such module. */
function locate(module: string, directory: string): string {
  try {
    return createRequire(join(directory, "package.json")).resolve(module);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    throw new Error(`the Pulumi SDK is not installed in ${directory}: run \`npm ci\` there`, { cause: error });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A handler from a function that returns or throws, at once or later. `onCancelled` keeps what is to be done when the engine gives the call up. */
function unary<Request, Response>(
  handle: (request: Request, onCancelled: (stop: () => void) => void) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  const answer = async (call: ServerUnaryCall<Request, Response>): Promise<Response> =>
    handle(call.request, (stop) => call.on("cancelled", stop));
  return (call, callback) => {
    answer(call).then(
      (response) => {
        callback(null, response);
      },
      (error: unknown) => {
        callback({ code: status.UNKNOWN, details: messageOf(error) });
      },
    );
  };
}

function streaming<Request, Response>(
  handle: (request: Request, write: (reply: Response) => void, onCancelled: (stop: () => void) => void) => Promise<void>,
): handleServerStreamingCall<Request, Response> {
  return (call) => {
    handle(
      call.request,
      (reply) => call.write(reply),
      (stop) => call.on("cancelled", stop),
    ).then(
      () => {
        call.end();
      },
      (error: unknown) => {
        call.emit("error", { code: status.UNKNOWN, details: messageOf(error) });
      },
    );
  };
}
