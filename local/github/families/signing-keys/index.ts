/** The GPG and SSH keys that users sign commits with. Keys to log in with are none of these: nobody has any here. */
import { userNamed } from "../../core/access.ts";
import { notFound, requiresAuthentication, validationFailed } from "../../core/errors.ts";
import type { Call, Family, Handler, Reply } from "../../core/family.ts";
import { created, noContent, ok, page } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { factsOfKey } from "./gpg.ts";
import { type SigningKeyRecord, signingKeys } from "./record.ts";

type Kind = SigningKeyRecord["kind"];

function renderGpg({ id, value }: Stored<SigningKeyRecord>): Record<string, unknown> {
  const { keyId = "", emails = [], createdAt = value.createdAt, expiresAt = null } = value.gpg ?? {};
  return {
    id,
    name: value.title,
    primary_key_id: null,
    key_id: keyId,
    public_key: value.publicKey,
    emails: emails.map((email) => ({ email, verified: true })),
    subkeys: [],
    can_sign: true,
    can_encrypt_comms: false,
    can_encrypt_storage: false,
    can_certify: true,
    created_at: createdAt,
    expires_at: expiresAt,
    revoked: false,
    raw_key: value.publicKey,
  };
}

const renderSsh = ({ id, value }: Stored<SigningKeyRecord>): Record<string, unknown> => ({
  id,
  key: value.publicKey,
  title: value.title,
  created_at: value.createdAt,
});

const render = (key: Stored<SigningKeyRecord>): Record<string, unknown> => (key.value.kind === "gpg" ? renderGpg(key) : renderSsh(key));

const keysOfUser = (call: Call, userId: number, kind: Kind): Stored<SigningKeyRecord>[] =>
  signingKeys(call.store)
    .list(userId)
    .filter(({ value }) => value.kind === kind);

const listOwn =
  (kind: Kind): Handler =>
  (call) => {
    if (call.actor.kind === "Anonymous") throw requiresAuthentication();
    return page(call, keysOfUser(call, call.actor.id, kind), render);
  };

const listOf =
  (kind: Kind): Handler =>
  (call) =>
    page(call, keysOfUser(call, userNamed(call.store, String(call.path["username"])).id, kind), render);

/** The caller's key that the path names. @throws ApiError 404 */
function own(call: Call, kind: Kind): Stored<SigningKeyRecord> {
  const id = Number(call.path[kind === "gpg" ? "gpg_key_id" : "ssh_signing_key_id"]);
  const found = keysOfUser(call, call.actor.id, kind).find((key) => key.id === id);
  if (!found) throw notFound();
  return found;
}

const remove =
  (kind: Kind): Handler =>
  (call) => {
    signingKeys(call.store).remove(own(call, kind).id);
    return noContent();
  };

/** @throws ApiError 422 for a key that is known already */
function add(call: Call, record: SigningKeyRecord): Reply {
  const key = `${record.kind} ${record.publicKey}`;
  const taken = signingKeys(call.store)
    .all()
    .some((known) => known.key === key);
  if (taken) throw validationFailed([{ resource: "PublicKey", field: "key", code: "custom", message: "key is already in use" }]);
  return created(render(signingKeys(call.store).insert(call.actor.id, key, record)));
}

async function addGpg(call: Call): Promise<Reply> {
  const { armored_public_key: armored = "", name = "" } = call.body as Partial<Record<string, string>>;
  const gpg = await factsOfKey(armored, call.git.signer.environment);
  return add(call, { kind: "gpg", publicKey: armored.trim(), title: name, gpg, createdAt: call.now });
}

function addSsh(call: Call): Reply {
  const { key = "", title = "" } = call.body as Partial<Record<string, string>>;
  const [type = "", material = ""] = key.trim().split(/\s+/);
  if (!/^(ssh-|ecdsa-|sk-)/.test(type) || !/^AAAA[\w+/=]+$/.test(material)) {
    const message = "key is invalid. You must supply a key in OpenSSH public key format";
    throw validationFailed([{ resource: "PublicKey", field: "key", code: "custom", message }]);
  }
  return add(call, { kind: "ssh", publicKey: `${type} ${material}`, title, createdAt: call.now });
}

export const signingKeysFamily: Family = {
  name: "signing-keys",
  operations: {
    "users/list-gpg-keys-for-authenticated-user": listOwn("gpg"),
    "users/create-gpg-key-for-authenticated-user": addGpg,
    "users/get-gpg-key-for-authenticated-user": (call) => ok(render(own(call, "gpg"))),
    "users/delete-gpg-key-for-authenticated-user": remove("gpg"),
    "users/list-gpg-keys-for-user": listOf("gpg"),
    "users/list-ssh-signing-keys-for-authenticated-user": listOwn("ssh"),
    "users/create-ssh-signing-key-for-authenticated-user": addSsh,
    "users/get-ssh-signing-key-for-authenticated-user": (call) => ok(render(own(call, "ssh"))),
    "users/delete-ssh-signing-key-for-authenticated-user": remove("ssh"),
    "users/list-ssh-signing-keys-for-user": listOf("ssh"),
    // The provider looks them up with every user.
    "users/list-public-keys-for-user": (call) => (userNamed(call.store, String(call.path["username"])), page(call, [])),
  },
};
