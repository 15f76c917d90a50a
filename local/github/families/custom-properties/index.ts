/** Custom properties: defined by an organization, set on its repositories, read by its rulesets. */
import { accountById, organizationOf, repositoryOf } from "../../core/access.ts";
import { forbidden, notFound, validationFailed } from "../../core/errors.ts";
import type { Call, Family, Reply } from "../../core/family.ts";
import { memberships, repositories } from "../../core/records.ts";
import { noContent, ok, page } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { planOf } from "../support/plan.ts";
import type { PropertyDefinition, PropertyValue } from "./values.ts";
import { definitionFaults, definitions, propertyValues, storedValues, valueFault } from "./values.ts";

export { propertyValues } from "./values.ts";

const render = (call: Call, { value }: Stored<PropertyDefinition>): Record<string, unknown> => ({
  ...value,
  url: `${call.apiUrl}/orgs/${String(call.path["org"])}/properties/schema/${encodeURIComponent(value.property_name)}`,
  source_type: "organization",
});

function definitionOf(call: Call, organizationId: number): Stored<PropertyDefinition> {
  const found = definitions(call.store).get(organizationId, String(call.path["custom_property_name"]));
  if (!found) throw notFound();
  return found;
}

/** Custom properties come with GitHub Team and Enterprise. */
function owned(call: Call): number {
  const organization = organizationOf(call, "admin");
  if (planOf(organization.value) === "free") throw forbidden("Upgrade to GitHub Team to enable this feature.");
  return organization.id;
}

type Body = Pick<PropertyDefinition, "value_type"> & Partial<PropertyDefinition>;

function put(call: Call, organizationId: number, name: string, body: Body): Stored<PropertyDefinition> {
  const value: PropertyDefinition = {
    property_name: name,
    value_type: body.value_type,
    required: body.required ?? false,
    default_value: body.default_value ?? null,
    description: body.description ?? null,
    allowed_values: body.allowed_values ?? null,
    values_editable_by: body.values_editable_by ?? "org_actors",
  };
  const faults = definitionFaults(value);
  const before = definitions(call.store).get(organizationId, name);
  if (before && before.value.value_type !== value.value_type) faults.push("The value type of a property can't be changed");
  if (faults.length > 0) throw validationFailed(faults);
  return before ? definitions(call.store).update(before.id, value) : definitions(call.store).insert(organizationId, name, value);
}

/** Sets values on one repository. `null` takes a value away. @throws ApiError 422. */
function setValues(
  call: Call,
  repository: { id: number; owner: number },
  values: readonly { property_name: string; value: PropertyValue }[],
): void {
  const next: Record<string, PropertyValue> = { ...storedValues.read(call.store, repository.id) };
  const faults: string[] = [];
  for (const { property_name: name, value } of values) {
    const definition = definitions(call.store).get(repository.owner, name)?.value;
    const fault = definition ? valueFault(definition, value) : `Property '${name}' is not defined by the organization`;
    if (fault) faults.push(fault);
    else next[definition?.property_name ?? name] = value;
  }
  if (faults.length > 0) throw validationFailed(faults);
  storedValues.write(call.store, repository.id, next);
}

function patchRepositoryValues(call: Call): Reply {
  const repository = repositoryOf(call, "admin");
  if (accountById(call.store, repository.owner).value.type === "User") throw notFound();
  const values = call.body["properties"] as readonly { property_name: string; value: PropertyValue }[];
  const isOwner = call.actor.siteAdmin || memberships(call.store).get(repository.owner, call.actor.login)?.value.role === "admin";
  const locked = values.filter(
    ({ property_name: name }) => definitions(call.store).get(repository.owner, name)?.value.values_editable_by === "org_actors",
  );
  if (!isOwner && locked.length > 0) throw forbidden(`Only the organization may set ${locked.map((one) => one.property_name).join(", ")}.`);
  setValues(call, repository, values);
  return noContent();
}

export const customPropertiesFamily: Family = {
  name: "custom-properties",
  operations: {
    "orgs/custom-properties-for-repos-get-organization-definitions": (call) =>
      ok(
        definitions(call.store)
          .list(organizationOf(call, "member").id)
          .map((definition) => render(call, definition)),
      ),
    "orgs/custom-properties-for-repos-get-organization-definition": (call) =>
      ok(render(call, definitionOf(call, organizationOf(call, "member").id))),
    "orgs/custom-properties-for-repos-create-or-update-organization-definition": (call) =>
      ok(render(call, put(call, owned(call), String(call.path["custom_property_name"]), call.body as unknown as Body))),
    "orgs/custom-properties-for-repos-create-or-update-organization-definitions": (call) => {
      const id = owned(call);
      const all = call.body["properties"] as readonly (Body & { property_name: string })[];
      return ok(all.map((body) => render(call, put(call, id, body.property_name, body))));
    },
    "orgs/custom-properties-for-repos-delete-organization-definition": (call) => {
      const id = owned(call);
      const { id: definitionId, value } = definitionOf(call, id);
      for (const repository of repositories(call.store).list(id)) {
        if (value.property_name in storedValues.read(call.store, repository.id)) {
          storedValues.write(call.store, repository.id, { [value.property_name]: null });
        }
      }
      definitions(call.store).remove(definitionId);
      return noContent();
    },
    "orgs/custom-properties-for-repos-get-organization-values": (call) =>
      page(call, repositories(call.store).list(owned(call)), (repository) => ({
        repository_id: repository.id,
        repository_name: repository.value.name,
        repository_full_name: `${accountById(call.store, repository.owner).value.login}/${repository.value.name}`,
        properties: listed(propertyValues(call.store, repository)),
      })),
    "orgs/custom-properties-for-repos-create-or-update-organization-values": (call) => {
      const id = owned(call);
      const { repository_names: names, properties } = call.body as {
        repository_names: readonly string[];
        properties: readonly { property_name: string; value: PropertyValue }[];
      };
      for (const name of names) {
        const repository = repositories(call.store).get(id, name);
        if (!repository) throw validationFailed([`Repository '${name}' does not exist in the organization`]);
        setValues(call, repository, properties);
      }
      return noContent();
    },
    "repos/custom-properties-for-repos-get-repository-values": (call) => ok(listed(propertyValues(call.store, repositoryOf(call)))),
    "repos/custom-properties-for-repos-create-or-update-repository-values": patchRepositoryValues,
  },
  onRepositoryDeleted: (store, repositoryId) => {
    storedValues.clear(store, repositoryId);
  },
};

const listed = (values: Readonly<Record<string, PropertyValue>>): Record<string, unknown>[] =>
  Object.entries(values).map(([property_name, value]) => ({ property_name, value }));
