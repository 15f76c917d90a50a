/** Autolinks: prefixes in texts that become links to another system. */
import { repositoryOf } from "../../core/access.ts";
import { notFound, validationFailed } from "../../core/errors.ts";
import type { FieldError } from "../../core/errors.ts";
import type { Call, Family } from "../../core/family.ts";
import { created, noContent, ok, page } from "../../core/replies.ts";
import type { Collection, Store, Stored } from "../../core/store.ts";

/** Kind `autolink`, owner the repository's id, key the prefix. */
interface AutolinkRecord {
  readonly key_prefix: string;
  readonly url_template: string;
  readonly is_alphanumeric: boolean;
  readonly updated_at: string;
}

const autolinks = (store: Store): Collection<AutolinkRecord> => store.collection("autolink");

const render = ({ id, value }: Stored<AutolinkRecord>): Record<string, unknown> => ({ id, ...value });

/** Every fault of an autolink, as GitHub names them. @param others prefixes that the repository has. */
export function autolinkFaults(link: { key_prefix: string; url_template: string }, others: readonly string[]): FieldError[] {
  const fault = (field: string, message: string): FieldError => ({ resource: "KeyLink", code: "custom", field, message });
  const faults: FieldError[] = [];
  const prefix = link.key_prefix.toLowerCase();
  if (!/^[A-Za-z0-9.\-_+=:/#]+$/.test(link.key_prefix)) {
    faults.push(fault("key_prefix", "key_prefix must only contain letters, numbers, or .-_+=:/#"));
  }
  if (!link.url_template.includes("<num>")) faults.push(fault("url_template", "url_template must contain a <num> token"));
  if (!/^https?:\/\/\S+$/.test(link.url_template)) faults.push(fault("url_template", "url_template must be an absolute URL"));
  if (others.some((other) => other.toLowerCase() === prefix)) {
    faults.push({ resource: "KeyLink", code: "already_exists", field: "key_prefix" });
  } else if (others.some((other) => other.toLowerCase().startsWith(prefix) || prefix.startsWith(other.toLowerCase()))) {
    faults.push(fault("key_prefix", "key_prefix must not overlap with the prefix of another autolink"));
  }
  return faults;
}

function autolinkOf(call: Call): Stored<AutolinkRecord> {
  const repository = repositoryOf(call, "admin");
  const found = autolinks(call.store).byId(Number(call.path["autolink_id"]));
  if (found?.owner !== repository.id) throw notFound();
  return found;
}

export const autolinksFamily: Family = {
  name: "autolinks",
  operations: {
    "repos/list-autolinks": (call) => page(call, autolinks(call.store).list(repositoryOf(call, "admin").id), render),
    "repos/get-autolink": (call) => ok(render(autolinkOf(call))),
    "repos/create-autolink": (call) => {
      const repository = repositoryOf(call, "admin");
      const body = call.body as { key_prefix: string; url_template: string; is_alphanumeric?: boolean };
      const others = autolinks(call.store).list(repository.id);
      const faults = autolinkFaults(
        body,
        others.map(({ value }) => value.key_prefix),
      );
      if (faults.length > 0) throw validationFailed(faults);
      const { key_prefix, url_template, is_alphanumeric = true } = body;
      const value = { key_prefix, url_template, is_alphanumeric, updated_at: call.now };
      return created(render(autolinks(call.store).insert(repository.id, key_prefix, value)));
    },
    "repos/delete-autolink": (call) => {
      autolinks(call.store).remove(autolinkOf(call).id);
      return noContent();
    },
  },
  onRepositoryDeleted: (store, repositoryId) => {
    autolinks(store).removeOwned(repositoryId);
  },
};
