import js from "@eslint/js";
import tseslint from "typescript-eslint";

/** Layers whose code is pure: the same facts are judged in a unit test, in a preview and in `gatehouse check`. */
const pure = ["model/**/*.ts", "delivery/**/*.ts", "pipelines/**/*.ts", "policies/rules/**/*.ts", "proof/**/*.ts"];

const forbid = (patterns) => ["error", { patterns }];
const noLocal = { regex: "(^|/)local/", message: "Only cli and tests may import local." };
const noPulumi = { regex: "^@pulumi/", message: "This layer is pure: it imports no Pulumi." };
const noIo = {
  regex: "^(node:)?(fs|net|http|https|child_process|dns|os|process|worker_threads|sqlite)(/|$)",
  message: "This layer is pure: it does no I/O.",
};

export default tseslint.config(
  { ignores: ["policies/dist/**", "node_modules/", "coverage/", ".gatehouse/", "systems/*/repository/"] },
  js.configs.recommended,
  { files: ["**/*.ts"], extends: [tseslint.configs.strictTypeChecked], languageOptions: { parserOptions: { projectService: true } } },
  {
    files: ["**/*.ts"],
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-unnecessary-condition": ["error", { allowConstantLoopConditions: "only-allowed-literals" }],
    },
  },
  { files: ["index.ts", "components/**/*.ts", "systems/**/*.ts"], rules: { "no-restricted-imports": forbid([noLocal]) } },
  { files: pure, rules: { "no-restricted-imports": forbid([noLocal, noPulumi, noIo]) } },
  {
    files: ["tests/**/*.ts", "**/*.test.ts"],
    rules: { "@typescript-eslint/no-unused-expressions": "off", "@typescript-eslint/no-non-null-assertion": "off" },
  },
  {
    files: ["**/*.{js,cjs}"],
    languageOptions: {
      globals: {
        process: "readonly",
        console: "readonly",
        require: "readonly",
        __dirname: "readonly",
        Buffer: "readonly",
        setTimeout: "readonly",
        clearTimeout: "readonly",
      },
    },
  },
);
