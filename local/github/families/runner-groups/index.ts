/** Groups of self-hosted runners of an organization, and the runners, of which a local GitHub has none. */
import { organizationOf, repositoryOf } from "../../core/access.ts";
import { ApiError, conflict, notFound, unprocessable, validationFailed } from "../../core/errors.ts";
import type { Call, Family } from "../../core/family.ts";
import { repositories } from "../../core/records.ts";
import { created, noContent, ok, pageOf } from "../../core/replies.ts";
import type { Collection, Store, Stored } from "../../core/store.ts";
import { planOf } from "../support/plan.ts";
import { pageOfSelected, reaches, selectedIds, selectedRepository } from "../support/selected.ts";

/** Kind `runner-group`, owner the organization's id, key the name. */
interface RunnerGroupRecord {
  readonly name: string;
  readonly visibility: "all" | "private" | "selected";
  readonly selected: readonly number[];
  readonly isDefault: boolean;
  readonly allowsPublicRepositories: boolean;
  readonly restrictedToWorkflows: boolean;
  readonly selectedWorkflows: readonly string[];
}

const runnerGroups = (store: Store): Collection<RunnerGroupRecord> => store.collection("runner-group");

/** The id that the default group shows in every organization. */
const DEFAULT_GROUP_ID = 1;
const shownId = ({ id, value }: Stored<RunnerGroupRecord>): number => (value.isDefault ? DEFAULT_GROUP_ID : id);

const DEFAULT_GROUP: RunnerGroupRecord = {
  name: "Default",
  visibility: "all",
  selected: [],
  isDefault: true,
  allowsPublicRepositories: false,
  restrictedToWorkflows: false,
  selectedWorkflows: [],
};

/** The default group is kept only once it was changed. */
function groupsOf(store: Store, organizationId: number): Stored<RunnerGroupRecord>[] {
  const all = runnerGroups(store).list(organizationId);
  const changed = all.some(({ value }) => value.isDefault);
  return changed ? all : [{ id: DEFAULT_GROUP_ID, owner: organizationId, key: DEFAULT_GROUP.name, value: DEFAULT_GROUP }, ...all];
}

/** Below Enterprise an organization has the default group only. */
function owned(call: Call, change = false): number {
  const organization = organizationOf(call, "admin");
  if (change && planOf(organization.value) === "free")
    throw new ApiError(403, "Upgrade to GitHub Team or Enterprise to manage runner groups.");
  return organization.id;
}

function groupOf(call: Call, organizationId: number): Stored<RunnerGroupRecord> {
  const id = Number(call.path["runner_group_id"]);
  const found = groupsOf(call.store, organizationId).find((group) => shownId(group) === id);
  if (!found) throw notFound();
  return found;
}

function render(call: Call, group: Stored<RunnerGroupRecord>): Record<string, unknown> {
  const { value } = group;
  const id = shownId(group);
  const url = `${call.apiUrl}/orgs/${String(call.path["org"])}/actions/runner-groups/${id}`;
  return {
    id,
    name: value.name,
    visibility: value.visibility,
    default: value.isDefault,
    ...(value.visibility === "selected" && { selected_repositories_url: `${url}/repositories` }),
    runners_url: `${url}/runners`,
    inherited: false,
    allows_public_repositories: value.allowsPublicRepositories,
    restricted_to_workflows: value.restrictedToWorkflows,
    selected_workflows: value.selectedWorkflows,
    workflow_restrictions_read_only: false,
  };
}

type Body = Partial<{
  name: string;
  visibility: RunnerGroupRecord["visibility"];
  selected_repository_ids: unknown;
  allows_public_repositories: boolean;
  restricted_to_workflows: boolean;
  selected_workflows: readonly string[];
}>;

function wanted(call: Call, organizationId: number, before: Stored<RunnerGroupRecord> | undefined): RunnerGroupRecord {
  const body: Body = call.body;
  const name = (body.name ?? before?.value.name ?? "").trim();
  const namesake = groupsOf(call.store, organizationId).find((group) => group.key.toLowerCase() === name.toLowerCase());
  if (name === "") throw unprocessable("Name can't be blank");
  if (namesake && namesake.key !== before?.key) throw conflict("Runner group name already exists.");
  const workflows = body.selected_workflows ?? before?.value.selectedWorkflows ?? [];
  const bad = workflows.filter((workflow) => !/^[^/\s]+\/[^/\s]+\/\.github\/workflows\/[^@\s]+\.ya?ml@\S+$/.test(workflow));
  if (bad.length > 0) throw validationFailed([`Workflows must have the form owner/repo/.github/workflows/file.yml@ref: ${bad.join(", ")}`]);
  const ids = body.selected_repository_ids;
  return {
    name,
    visibility: body.visibility ?? before?.value.visibility ?? "all",
    selected: ids === undefined ? (before?.value.selected ?? []) : selectedIds(call.store, organizationId, ids),
    isDefault: before?.value.isDefault ?? false,
    allowsPublicRepositories: body.allows_public_repositories ?? before?.value.allowsPublicRepositories ?? false,
    restrictedToWorkflows: body.restricted_to_workflows ?? before?.value.restrictedToWorkflows ?? false,
    selectedWorkflows: workflows,
  };
}

function save(call: Call, before: Stored<RunnerGroupRecord>, value: RunnerGroupRecord): Stored<RunnerGroupRecord> {
  const stored = runnerGroups(call.store).byId(before.id);
  if (stored?.owner === before.owner) return runnerGroups(call.store).update(before.id, value, value.name);
  return runnerGroups(call.store).insert(before.owner, value.name, value);
}

function select(call: Call, change: (selected: readonly number[], organizationId: number) => number[]): void {
  const id = owned(call, true);
  const group = groupOf(call, id);
  if (group.value.visibility !== "selected") throw conflict("The visibility of this runner group is not selected.");
  save(call, group, { ...group.value, selected: change(group.value.selected, id) });
}

export const runnerGroupsFamily: Family = {
  name: "runner-groups",
  operations: {
    "actions/list-self-hosted-runner-groups-for-org": (call) => {
      const id = owned(call);
      const name = call.query["visible_to_repository"];
      const repository = typeof name === "string" ? repositories(call.store).get(id, name) : undefined;
      const groups = groupsOf(call.store, id).filter(({ value }) => !repository || reaches(value.visibility, value.selected, repository));
      return pageOf(call, "runner_groups", groups, (group) => render(call, group));
    },
    "actions/get-self-hosted-runner-group-for-org": (call) => ok(render(call, groupOf(call, owned(call)))),
    "actions/create-self-hosted-runner-group-for-org": (call) => {
      const id = owned(call, true);
      const value = wanted(call, id, undefined);
      return created(render(call, runnerGroups(call.store).insert(id, value.name, value)));
    },
    "actions/update-self-hosted-runner-group-for-org": (call) => {
      const id = owned(call, true);
      const before = groupOf(call, id);
      return ok(render(call, save(call, before, wanted(call, id, before))));
    },
    "actions/delete-self-hosted-runner-group-from-org": (call) => {
      const group = groupOf(call, owned(call, true));
      if (group.value.isDefault) throw unprocessable("The default runner group cannot be deleted.");
      runnerGroups(call.store).remove(group.id);
      return noContent();
    },
    "actions/list-repo-access-to-self-hosted-runner-group-in-org": (call) =>
      pageOfSelected(call, groupOf(call, owned(call)).value.selected),
    "actions/set-repo-access-to-self-hosted-runner-group-in-org": (call) => {
      select(call, (_, id) => selectedIds(call.store, id, call.body["selected_repository_ids"]));
      return noContent();
    },
    "actions/add-repo-access-to-self-hosted-runner-group-in-org": (call) => {
      select(call, (selected, id) => [...new Set([...selected, selectedRepository(call, id).id])]);
      return noContent();
    },
    "actions/remove-repo-access-to-self-hosted-runner-group-in-org": (call) => {
      select(call, (selected, id) => {
        const { id: gone } = selectedRepository(call, id);
        return selected.filter((one) => one !== gone);
      });
      return noContent();
    },
    "actions/list-self-hosted-runners-in-group-for-org": (call) => {
      groupOf(call, owned(call));
      return pageOf(call, "runners", []);
    },
    "actions/list-self-hosted-runners-for-org": (call) => {
      owned(call);
      return pageOf(call, "runners", []);
    },
    "actions/list-self-hosted-runners-for-repo": (call) => {
      repositoryOf(call, "admin");
      return pageOf(call, "runners", []);
    },
  },
};
