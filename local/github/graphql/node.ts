/** `node(id:)`: from a global id to the object, for the types that have one here. */
import { parseNodeId } from "../core/node-id.ts";
import { accounts, repositories, teams } from "../core/records.ts";
import { protections } from "../families/branch-protection/record.ts";
import { graphAccount, graphTeam } from "./accounts.ts";
import { type GraphContext, type GraphObject, notResolved } from "./context.ts";
import { actorOf, graphProtection, graphRepository, visibleRepositories } from "./repository.ts";

function find(context: GraphContext, id: string): GraphObject | undefined {
  const { store } = context;
  const node = parseNodeId(id);
  switch (node?.type) {
    case "Repository": {
      const repository = repositories(store).byId(node.id);
      return repository && visibleRepositories(context, [repository]).length > 0 ? graphRepository(context, repository) : undefined;
    }
    case "BranchProtectionRule": {
      const rule = protections(store).byId(node.id);
      const repository = rule && repositories(store).byId(rule.owner);
      return repository && visibleRepositories(context, [repository]).length > 0 ? graphProtection(context, rule) : undefined;
    }
    case "Team": {
      const team = teams(store).byId(node.id);
      return team && graphTeam(context, team);
    }
    case "User":
    case "Organization": {
      const account = accounts(store).byId(node.id);
      return account && graphAccount(context, account);
    }
    default:
      return node && actorOf(context, id);
  }
}

/** @throws GraphQLError with the text that the GitHub provider looks for when the object is gone. */
export function nodeById(context: GraphContext, id: string): GraphObject {
  const found = find(context, id);
  if (!found) throw notResolved(`a node with the global id of '${id}'`);
  return found;
}
