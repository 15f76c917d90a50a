/** `gatehouse access STACK`: the objects that give a stack its rights in the cluster, and no more. */
import { Command } from "commander";
import { parse, stringify } from "yaml";

import { serviceAccountUser } from "../../delivery/argocd-names.ts";
import { repositoryUrls, stackAccess } from "../../delivery/stack-access.ts";
import { examples } from "../examples.ts";
import { createOutput } from "../output.ts";
import { findStacks, loadProject, type Project } from "../project.ts";

/** What a stack file says of where things are; `readStack` judges it when the stack is run. */
interface Places {
  readonly argocd?: { readonly namespace?: string; readonly repositoryUrlBase?: string };
  readonly github?: { readonly url?: string; readonly owners?: Readonly<Record<string, string>> };
  readonly kubernetes?: { readonly user?: string };
}

export function accessCommand(): Command {
  return new Command("access")
    .description("print the Kubernetes objects that give a stack before production the rights of its own tiers, and nothing else")
    .argument("<stack>", "a stack that is not the foundation")
    .option("-u, --user <name>", "give the rights to this user of the cluster, instead of a ServiceAccount of the stack's own")
    .addHelpText(
      "after",
      examples(
        ["gatehouse access dev | kubectl apply --server-side -f -", "as an administrator: give stack dev its rights"],
        ["gatehouse access dev --user deployer@example.com", "give them to a user of the cluster"],
        ["gatehouse access dev --json | jq '.objects[].kind'", "what there would be"],
      ),
    )
    .action(async (name: string, _options: unknown, command: Command) => {
      const { json = false, user: asked } = command.optsWithGlobals<{ json?: boolean; user?: string }>();
      const project = await loadProject();
      const share = findStacks(project, [name]).find(({ stack }) => stack === name);
      if (share === undefined) return;
      const { argocd = {}, github = {}, kubernetes = {} } = placesOf(project, name);
      const argocdNamespace = argocd.namespace ?? "argocd";
      const user = asked ?? kubernetes.user ?? serviceAccountUser(name, argocdNamespace);
      const base = (argocd.repositoryUrlBase ?? github.url ?? "https://github.com").replace(/\/+$/, "");
      const systems = project.systems.map(({ system }) => system);
      const objects = stackAccess(systems, share, { argocdNamespace, user, repositoryUrl: repositoryUrls(base, github.owners) });
      const output = createOutput(json);
      if (kubernetes.user !== user) output.note(`Pulumi.${name}.yaml must say who it is: gatehouse:kubernetes.user: ${user}`);
      // Long lines stay whole: an expression is one text.
      output.result({ stack: name, user, objects }, () => objects.map((object) => stringify(object, { lineWidth: 0 })).join("---\n"));
    });
}

function placesOf({ stackFiles }: Project, stack: string): Places {
  const file = parse(stackFiles.get(`Pulumi.${stack}.yaml`) ?? "") as { config?: Readonly<Record<string, object>> } | null;
  const { config = {} } = file ?? {};
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace(/^gatehouse:/, ""), value]));
}
