/** T4: branch, path, overlay and ruleset agree. */
import { posix } from "node:path";
import { github, type Declaration } from "../../policies/rules/declaration.ts";
import { judgeProposals } from "../agreement/proposals.ts";
import { judgeEnvironments } from "../agreement/refs.ts";
import { judgeVisibility } from "../agreement/repository.ts";
import { judgeReviewers } from "../agreement/reviewers.ts";
import { judgeSecrets } from "../agreement/secrets.ts";
import { applicationOf, at, gitOpsTiersOf, type GitOpsTier } from "../deployments.ts";
import { branchOf } from "../graph/paths.ts";
import { defaultBranch, guardsOf } from "../graph/gate.ts";
import { readOverlay } from "../overlay/read.ts";
import type { Counterexample, Judgement, Theorem } from "../theorem.ts";
import type { ProofWorld } from "../world.ts";

export const agreementTheorem: Theorem = {
  id: "T4",
  title: "Branch, path, overlay and ruleset agree",
  why: "GitHub guards a branch, Argo CD deploys one, and nothing but their declarations says that it is the same.",
  *subjects(world) {
    for (const tier of gitOpsTiersOf(world)) yield { name: tier.name, judge: () => judge(world, tier) };
    for (const system of world.systems) {
      const name = `${system.system.name} environments`;
      yield {
        name,
        judge: () => ({
          counterexamples: [judgeEnvironments, judgeReviewers, judgeSecrets, judgeVisibility].flatMap((judged) => judged(world, system)),
        }),
      };
    }
  },
};

function judge(world: ProofWorld, tier: GitOpsTier): Judgement {
  const application = applicationOf(world, tier);
  if (application === undefined) return { counterexamples: [noApplication(tier)] };
  const revision = application.text("spec.source.targetRevision") ?? "HEAD";
  const path = application.text("spec.source.path") ?? ".";
  const branch = branchOf(world, tier.system, revision);
  const found = [
    ...leftAlone(tier, application),
    ...otherSource(tier, application),
    ...otherTarget(tier, application, branch ?? revision, path),
  ];
  if (branch === undefined || !branchesOf(world, tier).has(branch))
    return { counterexamples: [...found, noBranch(tier, application, revision)] };
  const gate = tier.system.system.branches.find(({ name }) => name === branch)?.gate;
  // `null` says that somebody has decided so, and a report lists it; production has no such choice.
  const open = gate === null && tier.tier.production !== true;
  return {
    assumptions: open ? [`branch ${branch} has no gate, by its declaration`] : [],
    counterexamples: [
      ...found,
      ...(open ? [] : noGuard(world, tier, application, branch)),
      ...overlayFaults(world, tier, application, path),
      ...judgeProposals(world, tier, { application, branch, path }),
    ],
  };
}

function noApplication({ name, target, system }: GitOpsTier): Counterexample {
  return {
    claim: `nothing deploys ${name}`,
    steps: [{ text: `no stack declares Application ${target.application}`, at: `${system.system.name} tiers` }],
    fix: "Let the stack that owns the tier declare it.",
  };
}

/** Branches that are declared. @throws UnknownValue */
function branchesOf(world: ProofWorld, { system }: GitOpsTier): ReadonlySet<string> {
  const others = world.of(github("Branch"), system.repository).flatMap((branch) => branch.text("branch") ?? []);
  return new Set([defaultBranch(world, system), ...others]);
}

function noBranch({ name }: GitOpsTier, application: Declaration, revision: string): Counterexample {
  return {
    claim: `${name} runs what no declared branch holds`,
    steps: [
      {
        text: `the Application follows ${revision}, and no stack declares such a branch`,
        at: at(application, "spec.source.targetRevision"),
      },
    ],
    fix: "Follow a branch that is declared and guarded.",
  };
}

/** What Argo CD must be told nothing of, as the overlay in Git says it. */
const overrides = ["helm", "kustomize", "directory", "plugin", "chart", "jsonnet"];

function otherSource({ name, system }: GitOpsTier, application: Declaration): Counterexample[] {
  const url = application.text("spec.source.repoURL") ?? "";
  const claim = `what runs in ${name} is not what its overlay says`;
  const other = (text: string, property: string, fix: string): Counterexample => ({
    claim,
    steps: [{ text, at: at(application, property) }],
    fix,
  });
  const isOwn = url
    .replace(/\.git$/u, "")
    .toLowerCase()
    .endsWith(`/${system.repository.toLowerCase()}`);
  const override = overrides.find((key) => application.has(`spec.source.${key}`));
  return [
    ...(isOwn
      ? []
      : [
          other(
            `the Application deploys ${url}, and ${system.repository} is what is guarded`,
            "spec.source.repoURL",
            "Name the system's repository.",
          ),
        ]),
    ...(application.list("spec.sources").length > 0
      ? [other("the Application has several sources", "spec.sources", "Deploy from `source` alone.")]
      : []),
    ...(override === undefined
      ? []
      : [
          other(
            `the Application itself says ${override}, past the repository's gates`,
            `spec.source.${override}`,
            "Say it in the overlay.",
          ),
        ]),
  ];
}

/** What `ignoreChanges` leaves to whoever edits the Application is not what is declared. */
function leftAlone({ name }: GitOpsTier, application: Declaration): Counterexample[] {
  const [property] = application.ignoreChanges.filter((one) => one === "*" || /^spec\b/u.test(one));
  if (property === undefined) return [];
  return [
    {
      claim: `whoever may edit the Application decides what runs in ${name}, and no update sets it back`,
      steps: [{ text: `changes of ${property} are ignored`, at: at(application, "ignoreChanges") }],
      fix: "Remove `ignoreChanges`.",
    },
  ];
}

/** `gatehouse promote` and `rollback` go by the declared target. */
function otherTarget({ name, target, system, tier }: GitOpsTier, application: Declaration, branch: string, path: string): Counterexample[] {
  const pairs = [
    ["branch", target.branch, branch, "spec.source.targetRevision"],
    ["path", posix.normalize(target.path), posix.normalize(path), "spec.source.path"],
    ["namespace", target.namespace, application.text("spec.destination.namespace") ?? "", "spec.destination.namespace"],
  ] as const;
  return pairs
    .filter(([, wanted, is]) => wanted !== is)
    .map(([what, wanted, is, property]) => ({
      claim: `a promotion to ${name} changes ${what} ${wanted}, and Argo CD deploys ${is}`,
      steps: [
        { text: `the target of ${tier.name} says ${what} ${wanted}`, at: `${system.system.name} tiers.${tier.name}.target.${what}` },
        { text: `the Application says ${is}`, at: at(application, property) },
      ],
      fix: "Declare the Application by the tier's target.",
    }));
}

function noGuard(world: ProofWorld, { name, system }: GitOpsTier, application: Declaration, branch: string): Counterexample[] {
  if (guardsOf(world, system, branch).some((guard) => guard.requiresPullRequest())) return [];
  const near = world
    .of(github("RepositoryRuleset"), system.repository)
    .find((one) => one.texts("conditions.refName.includes").includes(`refs/heads/${branch}`));
  const property = near?.text("enforcement") === "active" ? "rules.pullRequest" : "enforcement";
  return [
    {
      claim: `whoever may push changes what runs in ${name}`,
      steps: [
        { text: `Argo CD deploys branch ${branch}`, at: at(application, "spec.source.targetRevision") },
        near === undefined
          ? { text: `no active ruleset covers refs/heads/${branch}`, at: `${system.system.name} branches.${branch}` }
          : { text: `no ruleset that is active there asks for a pull request`, at: at(near, property) },
      ],
      fix: `Declare an active ruleset for refs/heads/${branch} that asks for a pull request.`,
    },
  ];
}

function overlayFaults(world: ProofWorld, { name, system }: GitOpsTier, application: Declaration, path: string): Counterexample[] {
  const overlay = readOverlay(system.files, path);
  const from = { text: `Argo CD deploys ${path}`, at: at(application, "spec.source.path") };
  const packages = world.declared.all("gatehouse:registry:ContainerPackage").filter((one) => one.text("repository") === system.repository);
  const images = new Set(packages.flatMap((one) => one.text("image") ?? []));
  const strange = overlay.images.filter((image) => !images.has(image.name) && image.digest === undefined);
  return [
    ...overlay.unreadable.map(({ file, line, why }) => ({
      claim: `nothing of ${name} can be rendered`,
      steps: [from, { text: `${file} is no YAML: ${why}`, at: `${file}:${line}` }],
      fix: "Mend the file.",
    })),
    ...overlay.missing.map(({ text, file, line }) => ({
      claim: `nothing of ${name} can be rendered`,
      steps: [
        from,
        text === file
          ? { text: `${path} has no kustomization`, at: path }
          : { text: `${text} is listed, and the repository has no such file`, at: `${file}:${line}` },
      ],
      fix: "Add the file, or take it off the list.",
    })),
    ...strange.map((image) => ({
      claim: `${name} runs an image that none of the system's gates has seen`,
      steps: [
        from,
        {
          text: `the image ${image.name} is none of the system's packages, and no digest says which one it is`,
          at: `${image.file}:${image.line}`,
        },
      ],
      fix: "Name a declared package, or pin the image by its digest.",
    })),
  ];
}
