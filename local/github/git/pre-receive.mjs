// The pre-receive hook of every push: asks the server that started this git whether the push may be made, and prints its answer.
// Plain JavaScript, since it starts on every push. The server gives address and one-time key in the environment.
import { request } from "node:http";
import process from "node:process";
import { text } from "node:stream/consumers";

const { GATEHOUSE_HOOK_URL, GATEHOUSE_HOOK_KEY, GIT_OBJECT_DIRECTORY, GIT_ALTERNATE_OBJECT_DIRECTORIES, GIT_QUARANTINE_PATH } = process.env;

const body = JSON.stringify({
  key: GATEHOUSE_HOOK_KEY,
  updates: await text(process.stdin),
  quarantine: { GIT_OBJECT_DIRECTORY, GIT_ALTERNATE_OBJECT_DIRECTORIES, GIT_QUARANTINE_PATH },
});
const asked = request(GATEHOUSE_HOOK_URL, { method: "POST", headers: { "content-type": "application/json" } }, (answer) => {
  void text(answer).then((message) => {
    process.stderr.write(message);
    process.exit(answer.statusCode === 200 ? 0 : 1);
  });
});
asked.on("error", (error) => {
  process.stderr.write(`The local GitHub cannot be asked whether this push may be made: ${error.message}\n`);
  process.exit(1);
});
asked.end(body);
