/** Deploy keys: kept and shown. The git of a local GitHub speaks HTTP only, so they open nothing. */
import { createHash } from "node:crypto";
import { accountById, repositoryOf } from "../../core/access.ts";
import { notFound, validationFailed } from "../../core/errors.ts";
import type { Call, Family } from "../../core/family.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import { created, noContent, ok, page } from "../../core/replies.ts";
import type { Collection, Store, Stored } from "../../core/store.ts";

/** Kind `deploy-key`, owner the repository's id, key the fingerprint. A key opens one repository: no two may hold it. */
interface DeployKeyRecord {
  readonly title: string;
  readonly key: string;
  readonly readOnly: boolean;
  readonly addedBy: string;
  readonly createdAt: string;
}

const deployKeys = (store: Store): Collection<DeployKeyRecord> => store.collection("deploy-key");

/** SHA-256 of the key's blob in hexadecimal; undefined when the text is no public key in OpenSSH's form. */
export function fingerprint(key: string): string | undefined {
  const [type = "", blob = ""] = key.trim().split(/\s+/);
  if (!/^(ssh-(rsa|ed25519)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)$/.test(type)) return undefined;
  const bytes = Buffer.from(blob, "base64");
  // The blob begins with the length and the text of its type.
  if (bytes.length < 4 + type.length || bytes.subarray(4, 4 + type.length).toString() !== type) return undefined;
  return createHash("sha256").update(bytes).digest("hex");
}

function render(call: Call, repository: Stored<RepositoryRecord>, { id, value }: Stored<DeployKeyRecord>): Record<string, unknown> {
  return {
    id,
    // GitHub shows type and blob, without the comment.
    key: value.key.trim().split(/\s+/).slice(0, 2).join(" "),
    url: `${call.apiUrl}/repos/${accountById(call.store, repository.owner).value.login}/${repository.value.name}/keys/${id}`,
    title: value.title,
    verified: true,
    created_at: value.createdAt,
    read_only: value.readOnly,
    added_by: value.addedBy,
    last_used: null,
    enabled: true,
  };
}

function keyOf(call: Call, repository: Stored<RepositoryRecord>): Stored<DeployKeyRecord> {
  const found = deployKeys(call.store).byId(Number(call.path["key_id"]));
  if (found?.owner !== repository.id) throw notFound();
  return found;
}

export const deployKeysFamily: Family = {
  name: "deploy-keys",
  operations: {
    "repos/list-deploy-keys": (call) => {
      const repository = repositoryOf(call, "admin");
      return page(call, deployKeys(call.store).list(repository.id), (key) => render(call, repository, key));
    },
    "repos/get-deploy-key": (call) => {
      const repository = repositoryOf(call, "admin");
      return ok(render(call, repository, keyOf(call, repository)));
    },
    "repos/create-deploy-key": (call) => {
      const repository = repositoryOf(call, "admin");
      const { key, title = "", read_only: readOnly = false } = call.body as { key: string; title?: string; read_only?: boolean };
      const print = fingerprint(key);
      const fault = (message: string) => validationFailed([{ resource: "PublicKey", code: "custom", field: "key", message }]);
      if (print === undefined) throw fault("key is invalid. You must supply a key in OpenSSH public key format");
      if (
        deployKeys(call.store)
          .all()
          .some((other) => other.key === print)
      ) {
        throw fault("key is already in use");
      }
      const value = { title, key, readOnly, addedBy: call.actor.login, createdAt: call.now };
      return created(render(call, repository, deployKeys(call.store).insert(repository.id, print, value)));
    },
    "repos/delete-deploy-key": (call) => {
      deployKeys(call.store).remove(keyOf(call, repositoryOf(call, "admin")).id);
      return noContent();
    },
  },
  onRepositoryDeleted: (store, repositoryId) => {
    deployKeys(store).removeOwned(repositoryId);
  },
};
