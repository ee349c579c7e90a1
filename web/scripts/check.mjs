// What must hold of the studio besides types and lint: a current client, sizes, licences, a lockfile without hosts, and
// that what another application lifts has no `any` and can be copied.
import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const FIRST_SCREEN = 120_000; // bytes of JavaScript, compressed
const ALL = 250_000;
const LICENCES = new Set(["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "BlueOak-1.0.0", "CC0-1.0", "CC-BY-4.0", "MPL-2.0", "Python-2.0", "MIT-0", "Unlicense", "MIT AND ISC", "(MIT OR CC0-1.0)", "(MPL-2.0 OR Apache-2.0)", "Apache-2.0 AND LGPL-3.0-or-later", "LGPL-3.0-or-later", "Apache-2.0 AND LGPL-3.0-or-later AND MIT"]);
const LIFTED = ["client", "hooks", "components", "i18n"];
const problems = [];

// The client is made from the contract.
const schema = execFileSync("npx", ["openapi-typescript", "../docs/openapi.json", "--default-non-nullable", "false"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
if (schema.trim() !== readFileSync("src/client/schema.ts", "utf8").trim()) problems.push("src/client/schema.ts is not current: npm run schema");

// Sizes, of the build.
const compressed = (name) => gzipSync(readFileSync(join("dist/studio", name))).length;
const scripts = readdirSync("dist/studio").filter((name) => name.endsWith(".js"));
const entry = [...readFileSync("dist/index.html", "utf8").matchAll(/(?:src|href)="\/studio\/([^"]+\.js)"/g)].map((found) => found[1]);
const first = entry.map(compressed).reduce((sum, size) => sum + size, 0);
const all = scripts.map(compressed).reduce((sum, size) => sum + size, 0);
if (first > FIRST_SCREEN) problems.push(`the first screen has ${first} bytes of JavaScript, more than ${FIRST_SCREEN}`);
if (all > ALL) problems.push(`all screens have ${all} bytes of JavaScript, more than ${ALL}`);

// The lockfile: no hosts, and licences that go with ours; what only builds and checks is not given to anybody.
const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
for (const [name, found] of Object.entries(lock.packages)) {
  if (found.resolved !== undefined) problems.push(`package-lock.json says where ${name} is downloaded from`);
  if (name !== "" && !found.integrity) problems.push(`package-lock.json has no hash of ${name}`);
  if (name !== "" && !LICENCES.has(found.license)) problems.push(`${name} has the licence ${found.license}`);
}

// What is lifted says what everything is, and fits an empty Next.js application (its `tsc` runs next).
for (const folder of LIFTED) {
  for (const file of readdirSync(join("src", folder))) {
    const text = readFileSync(join("src", folder, file), "utf8");
    if (file !== "schema.ts" && /\bany\b(?=[\s;,>\])]*[;,>\])=])|as any|import\.meta/.test(text)) problems.push(`src/${folder}/${file} has an any, or knows our bundler`);
  }
}
rmSync("conformance/next/src", { recursive: true, force: true });
for (const folder of LIFTED) cpSync(join("src", folder), join("conformance/next/src", folder), { recursive: true });

console.log(`JavaScript, compressed: ${(first / 1000).toFixed(1)} kB at first, ${(all / 1000).toFixed(1)} kB in all`);
for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);
