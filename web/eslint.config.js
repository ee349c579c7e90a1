import js from "@eslint/js";
import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/client/schema.ts", "conformance", "eslint.config.js", "scripts"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  a11y.flatConfigs.strict,
  {
    plugins: { "react-hooks": hooks },
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
      "max-lines": ["error", { max: 250, skipBlankLines: true }],
    },
  },
  {
    files: ["src/i18n/*.ts"], // catalogues are as long as there are texts
    rules: { "max-lines": "off" },
  },
  {
    // What a Next.js application lifts knows nothing of our router.
    files: ["src/{client,hooks,components,i18n}/**"],
    rules: { "no-restricted-imports": ["error", { patterns: ["wouter", "**/app/**"] }] },
  },
);
