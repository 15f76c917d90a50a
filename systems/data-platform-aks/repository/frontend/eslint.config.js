import js from "@eslint/js";

const known = { URL: "readonly", document: "readonly", fetch: "readonly" };

export default [
  { ignores: ["dist/"] },
  js.configs.recommended,
  { languageOptions: { globals: known } },
];
