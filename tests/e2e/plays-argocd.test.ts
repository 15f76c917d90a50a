/** What is proved of production's cluster is also so: played on the Argo CD of this machine, for every system that has one, at once. */
import { expect } from "chai";

import { kustomizationOf, withTags } from "../../delivery/overlays.ts";
import { argocdTarget } from "../../model/target.ts";
import type { GitOpsTarget, System } from "../../model/system.ts";
import type { Declaration } from "../../policies/rules/declaration.ts";
import type { ProofWorld } from "../../proof/index.ts";
import { realWorld } from "../proof/support/real.ts";
import { eventually } from "./support/eventually.ts";
import { refresh } from "./support/gates.ts";
import { counterexamples, differing } from "./support/prediction.ts";
import { applied, type Applied } from "./support/rig.ts";
import { Stage } from "./support/stage.ts";

const SYSTEMS = ["airflow-etl", "data-platform-aks", "dataenginex", "dataknobs"] as const;
type Name = (typeof SYSTEMS)[number];

interface Application {
  readonly spec: { readonly destination: object };
  readonly status?: {
    readonly sync?: { readonly status?: string; readonly revision?: string };
    readonly operationState?: { readonly phase?: string; readonly syncResult?: { readonly revision?: string } };
    readonly conditions?: readonly { readonly type: string; readonly message: string }[];
  };
}

interface Pods {
  readonly items: readonly { readonly spec: { readonly containers: readonly { readonly image: string }[] } }[];
}

/** The tag of images that only a commit without a signature names. */
const UNSIGNED = "sha-0bad0bad";

/** A system on its stage, with the targets of production and of the first tier. */
interface Played {
  readonly system: System;
  readonly stage: Stage;
  readonly production: GitOpsTarget;
  readonly lower: GitOpsTarget;
}

describe("plays on Argo CD, each as the proof predicted it", function () {
  this.timeout(600_000);
  let world: Applied;
  let proof: ProofWorld;
  const trespasses = new Map<Name, Promise<void>>();
  const unreviewed = new Map<Name, Promise<void>>();

  // All systems play at once: most of the time is Argo CD's own.
  before(async () => {
    [world, proof] = await Promise.all([applied(), realWorld()]);
    for (const name of SYSTEMS) {
      const played = open(name);
      trespasses.set(name, played.then(trespass));
      unreviewed.set(name, played.then(reachProduction));
    }
    await Promise.allSettled([...trespasses.values(), ...unreviewed.values()]);
  });

  async function open(name: Name): Promise<Played> {
    const system = proof.systems.find((each) => each.system.name === name)?.system;
    if (system === undefined) throw new Error(`there is no ${name}`);
    const targetOf = (production: boolean): GitOpsTarget => {
      const found = system.tiers.find((tier) => (tier.production === true) === production)?.target;
      const target = found === undefined ? undefined : argocdTarget(found);
      if (target === undefined) throw new Error(`${name} is not deployed by Argo CD`);
      return target;
    };
    return { system, stage: await Stage.open(world, system), production: targetOf(true), lower: targetOf(false) };
  }

  const application = (of: string): Promise<Application> =>
    world.rig.kubectl<Application>("get", "applications.argoproj.io", of, "-n", "argocd");
  const refreshed = async (of: string): Promise<Application["status"]> => {
    await refresh(world, of);
    return (await application(of)).status;
  };

  /** An Application of the lower tier's project, into production's namespace. */
  async function trespass({ system, production, lower }: Played): Promise<void> {
    expect(counterexamples(proof, "T9", system.name), "T9").to.deep.equal([]);
    const own = await application(lower.application);
    const name = `play-${system.name}`;
    const spec = { ...own.spec, destination: { ...own.spec.destination, namespace: production.namespace } };
    await world.rig.apply({ apiVersion: "argoproj.io/v1alpha1", kind: "Application", metadata: { name, namespace: "argocd" }, spec });
    try {
      await eventually("Argo CD has refused the Application", async () => {
        const { conditions = [] } = (await application(name)).status ?? {};
        const refusal = conditions.find(({ type }) => type === "InvalidSpecError");
        return refusal?.message.includes(`namespace '${production.namespace}' do not match any of the allowed destinations`) === true;
      });
    } finally {
      await world.rig.run(["kubectl", "--", "delete", "applications.argoproj.io", name, "-n", "argocd", "--wait=false"]);
    }
  }

  /** Production's branch without its ruleset: first a commit that nobody has reviewed, then one that nobody has signed either. */
  async function reachProduction({ system, stage, production }: Played): Promise<void> {
    const where = (ruleset: Declaration): boolean =>
      ruleset.text("target") === "branch" && ruleset.texts("conditions.refName.includes").includes(`refs/heads/${stage.branch}`);
    const off = { type: "RepositoryRuleset", where, set: { enforcement: "disabled" } };
    const subject = `${system.name} ${stage.production.name}`;
    const found = counterexamples(differing(proof, { system: system.name, change: off }), "T1", subject);
    const shortest = found.toSorted((one, other) => one.steps.length - other.steps.length)[0];
    expect(shortest?.steps, "T1: somebody pushes, and Argo CD deploys").to.have.length(2);

    const overlay = kustomizationOf(production.path);
    await stage.unguarded(async () => {
      const sha = await stage.commit(stage.author.octokit, overlay, stage.branch);
      await eventually("production is at the commit that nobody has reviewed", async () => {
        const sync = (await refreshed(production.application))?.sync;
        return sync?.status === "Synced" && sync.revision === sha;
      });
      const packages = (system.packages ?? []).map((one) => one.name);
      const change = (text: string): string => withTags(text, new Map(packages.map((one) => [one, UNSIGNED])));
      const { refused, words } = await stage.push(stage.author.token, overlay, { change });
      expect(refused, words).to.equal(false);
      const unsigned = await stage.head();
      await eventually("Argo CD has refused the commit that nobody has signed", async () => {
        const { conditions = [] } = (await refreshed(production.application)) ?? {};
        return conditions.some(
          ({ type, message }) => type === "ComparisonError" && message.includes(unsigned) && message.includes("unsigned"),
        );
      });
      const operation = (await application(production.application)).status?.operationState;
      expect([operation?.syncResult?.revision, operation?.phase]).to.not.deep.equal([unsigned, "Succeeded"]);
      const { items } = await world.rig.kubectl<Pods>("get", "pods", "-n", production.namespace);
      const images = items.flatMap(({ spec }) => spec.containers.map(({ image }) => image));
      expect(images).to.not.be.empty;
      expect(
        images.filter((image) => image.endsWith(`:${UNSIGNED}`)),
        "what runs in production",
      ).to.deep.equal([]);
    });
    const head = await stage.head();
    await eventually("production is back where it was", async () => {
      const sync = (await refreshed(production.application))?.sync;
      return sync?.status === "Synced" && sync.revision === head;
    });
  }

  for (const name of SYSTEMS) {
    it(`${name}: what the project of a lower tier would put into production's namespace is refused`, () => trespasses.get(name));
    it(`${name}: without its ruleset one person's commit reaches production, as T1 finds, and an unsigned one does not even then`, () =>
      unreviewed.get(name));
  }
});
