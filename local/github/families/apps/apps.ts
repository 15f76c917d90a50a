/** GitHub Apps that exist at every GitHub. They report checks, and rulesets may name them as source of a check or as bypass actor. */
export interface AppRecord {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly description: string;
}

const APPS: readonly AppRecord[] = [
  { id: 15368, slug: "github-actions", name: "GitHub Actions", description: "Automate your workflow from idea to production" },
  { id: 29110, slug: "dependabot", name: "Dependabot", description: "Automated dependency updates" },
  { id: 57789, slug: "github-advanced-security", name: "GitHub Advanced Security", description: "Code scanning and secret scanning" },
  { id: 9426, slug: "github-pages", name: "GitHub Pages", description: "Publishes a repository's pages" },
];

export const appById = (id: number): AppRecord | undefined => APPS.find((app) => app.id === id);
export const appBySlug = (slug: string): AppRecord | undefined => APPS.find((app) => app.slug === slug);
