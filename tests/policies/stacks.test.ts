import { specify, UNKNOWN, type Example } from "./examples.ts";
import type { DeclarationInput } from "../../policies/rules/index.ts";

const of =
  (type: string) =>
  (properties: Readonly<Record<string, unknown>>, more: Partial<DeclarationInput> = {}): Example => ({
    given: [{ type, name: "it", properties, ...more }],
  });
const ruleset = of("github:index/repositoryRuleset:RepositoryRuleset");
const environment = of("github:index/repositoryEnvironment:RepositoryEnvironment");
const includes = (...patterns: unknown[]) => ({ conditions: { refName: { includes: patterns } } });

specify("gate-not-ignored", {
  pass: { "a gate that is kept whole": ruleset({}), "an AppProject that is": of("kubernetes:argoproj.io/v1alpha1:AppProject")({}) },
  fail: {
    "a ruleset whose rules may drift": { ...ruleset({}, { ignoreChanges: ["rules"] }), says: /changes of rules are not seen/ },
    "an environment whose reviewers may": { ...environment({}, { ignoreChanges: ["reviewers"] }), says: /reviewers/ },
  },
  unknown: undefined,
});

specify("gate-of-production-protected", {
  pass: {
    "a protected ruleset": ruleset(includes("~DEFAULT_BRANCH"), { protect: true }),
    "a ruleset of another branch": ruleset(includes("refs/heads/dev")),
    "a protected environment": environment({ environment: "prod" }, { protect: true }),
    "another environment": environment({ environment: "dev" }),
  },
  fail: {
    "a ruleset of main": { ...ruleset(includes("refs/heads/main")), says: /not protected/ },
    "an environment of production": { ...environment({ environment: "production" }), says: /not protected/ },
    "a configured branch": {
      ...ruleset(includes("refs/heads/live")),
      parameters: { branches: "^refs/heads/live$" },
      says: /not protected/,
    },
  },
  unknown: { "a computed environment": environment({ environment: UNKNOWN }), "computed branches": ruleset(includes(UNKNOWN)) },
});

const github = of("pulumi:providers:github");
specify("provider-github-owner", {
  pass: {
    "one that says it": github({ owner: "acme" }),
    "one of those that are named": { ...github({ owner: "acme" }), parameters: { owners: ["acme", "shop"] } },
  },
  fail: {
    "one that does not": { ...github({}), says: /the token/ },
    "another than those that are named": { ...github({ owner: "attacker" }), parameters: { owners: ["acme"] }, says: /attacker is none/ },
  },
  unknown: { "a computed owner": github({ owner: UNKNOWN }) },
});

const kubernetes = of("pulumi:providers:kubernetes");
specify("provider-kubernetes-cluster", {
  pass: { "a kubeconfig": kubernetes({ kubeconfig: "{}" }), "a context": kubernetes({ context: "prod" }) },
  fail: { "nothing said": { ...kubernetes({}), says: /the shell/ } },
  unknown: { "a computed kubeconfig": kubernetes({ kubeconfig: UNKNOWN }) },
});
