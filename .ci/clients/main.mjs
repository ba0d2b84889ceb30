// Starts the server, lints its OpenAPI description, and runs the generated clients against the server.

import { execFile } from "node:child_process";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { start } from "../browser/service.mjs";
import { rejections } from "./rejections.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const folder = process.env.CLIENTS;
const spec = join(folder, "openapi.json");
const python = join(folder, "venv/bin/python");
const execute = promisify(execFile);

// Runs a program and returns its standard output. An error contains the whole output of the program.
const run = async (program, ...args) => {
  try {
    return (await execute(program, args, { cwd: here, maxBuffer: 1 << 26 })).stdout;
  } catch (error) {
    throw new Error(`${program} ${args.join(" ")}\n${error.stdout}\n${error.stderr}`);
  }
};
const tool = (name, ...args) => run(join(here, "node_modules/.bin", name), ...args);

const step = async (name, work) => {
  const begun = Date.now();
  await work();
  console.log(`ok: ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
};

const lint = async () => {
  const report = JSON.parse(await tool("redocly", "lint", spec, "--format=json"));
  if (report.totals.errors + report.totals.warnings > 0) throw new Error(JSON.stringify(report.problems, null, 2));
  await tool("spectral", "lint", "--ruleset", "spectral.yaml", "--fail-severity", "hint", spec);
};

// Creates a user with a verified e-mail address. Returns the credentials with which the generated clients sign in.
const createUser = async (service) => {
  const user = { name: "Ada Client", email: "ada.client@example.org", password: "incorrect pony battery staple" };
  const post = async (path, body) => {
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(`${service.address}/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  };
  await post("/auth/register", user);
  const link = await service.link("/verify", user.name);
  await post("/auth/verify", { token: new URL(link).searchParams.get("token") });
  return [user.email, user.password];
};

const typescript = async (...args) => {
  const project = join(folder, "typescript");
  await mkdir(project);
  await symlink(join(here, "node_modules"), join(folder, "node_modules"));
  await tool("openapi-typescript", spec, "--output", join(project, "api.d.ts"));
  const types = join(project, "tsconfig.json");
  const compilerOptions = { strict: true, target: "es2022", module: "nodenext", lib: ["es2022", "dom"], types: [], outDir: project, allowArbitraryExtensions: true };
  await writeFile(join(project, "package.json"), '{ "type": "module" }');
  await writeFile(join(project, "client.ts"), await readFile(join(here, "client.ts")));
  await writeFile(types, JSON.stringify({ compilerOptions, files: ["client.ts"] }));
  await tool("tsc", "--project", types);
  await run(process.execPath, join(project, "client.js"), ...args);
};

const generatePython = async (...args) => {
  const config = join(folder, "python.yaml");
  // Disables the hooks that format the generated code, because the test does not need formatted code.
  await writeFile(config, "post_hooks: []\n");
  await run(
    join(folder, "venv/bin/openapi-python-client"), "generate", "--path", spec, "--config", config,
    "--meta", "none", "--output-path", join(folder, "generated_client"), "--fail-on-warning",
  );
  await run(python, "client.py", folder, ...args);
};

const service = await start();
try {
  await writeFile(spec, await (await fetch(`${service.address}/api/openapi.json`)).text());
  const linted = step("Redocly and Spectral have no finding", lint);
  if (process.argv[2] === "lint") {
    await linted;
  } else {
    const user = await createUser(service);
    await Promise.all([
      linted,
      step("TypeScript client", () => typescript(service.address, ...user)),
      step("Python client", () => generatePython(service.address, ...user)),
    ]);
    await step("rejected uploads with Node", () => rejections(service.address));
    await step("rejected uploads with Python", () => run(python, "rejections.py", service.address));
  }
} finally {
  await service.stop();
}
