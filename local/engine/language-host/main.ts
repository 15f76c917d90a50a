/**
 * The language host for Node.js: the engine starts it, reads its port from the first line of its output and calls it by gRPC.
 * It does what the vendor's pulumi-language-nodejs does, except generating code and attaching debuggers, and starts programs with the
 * Node that runs it.
 */
import { credentials, Client, connectivityState, Server, ServerCredentials } from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import { stopChildren } from "./child.ts";
import { languageHost } from "./service.ts";

const LARGEST_MESSAGE_BYTES = 400 * 1024 * 1024;
/** Longer than a program is given to end. */
const SHUTDOWN_MILLISECONDS = 8000;

const server = new Server({
  "grpc.max_receive_message_length": LARGEST_MESSAGE_BYTES,
  "grpc.max_send_message_length": LARGEST_MESSAGE_BYTES,
});

function end(): void {
  stopChildren();
  server.tryShutdown(() => process.exit());
  // Open calls would hold the shutdown for as long as their programs take to end.
  setTimeout(() => process.exit(), SHUTDOWN_MILLISECONDS).unref();
}

/** An engine that was killed tells nobody: its connection closes, and a new one is refused. Then there is nobody to serve. */
function follow(engineAddress: string): void {
  const channel = new Client(engineAddress, credentials.createInsecure()).getChannel();
  let met = false;
  const watch = (): void => {
    const state = channel.getConnectivityState(true);
    met ||= state === connectivityState.READY;
    if (met && state === connectivityState.TRANSIENT_FAILURE) end();
    else channel.watchConnectivityState(state, Infinity, watch);
  };
  watch();
}

const engineAddress = process.argv.slice(2).filter((argument) => !argument.startsWith("-"))[0] ?? "";
if (engineAddress !== "") follow(engineAddress);
process.on("SIGINT", end).on("SIGTERM", end);

server.addService(LanguageRuntimeService, languageHost(engineAddress, follow));
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  process.stdout.write(`${port}\n`);
});
