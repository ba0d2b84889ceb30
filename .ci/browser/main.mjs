// Starts the server and a browser and runs all browser tests.

import { chromium } from "playwright-core";

import { checkFirstLoads } from "./arrival.mjs";
import { everything } from "./flows.mjs";
import { keyboardFlow } from "./keyboard.mjs";
import { pictures } from "./pictures.mjs";
import { start } from "./service.mjs";
import { Visitor } from "./visitor.mjs";

const VARIANTS = [true, false].flatMap((script) =>
  [360, 1280].flatMap((width) => ["light", "dark"].map((scheme) => ({ script, width, scheme }))),
);

const nameOf = ({ script, width, scheme }) => `${script ? "with" : "without"} scripts, ${width} px, ${scheme}`;

const run = async (name, test) => {
  const start = Date.now();
  await test();
  console.log(`ok: ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
};

const runAll = async (browser, service) => {
  const variants = VARIANTS.filter((variant) => nameOf(variant).includes(process.argv[2] ?? ""));
  for (const [number, variant] of variants.entries()) {
    await run(nameOf(variant), async () => {
      const visitor = await Visitor.arrive(browser, service, variant);
      await everything(visitor, `Ada ${number}`);
      await visitor.leave();
    });
  }
  await run("with the keyboard only", async () => {
    const visitor = await Visitor.arrive(browser, service, { script: true, width: 1280, scheme: "light" });
    await keyboardFlow(visitor, "Key Board");
    await visitor.leave();
  });
  await run("first load of each page", () => checkFirstLoads(browser, service));
  // Stops the server first, so that its log is complete.
  await service.stop();
  if (service.log().includes("csp_violation")) throw new Error("the log contains csp_violation");
  const errors = service.log().split("\n").filter((line) => line.includes('"level":"ERROR"'));
  if (errors.length) throw new Error(errors.join("\n"));
};

const service = await start();
// Disables the sandbox for root, because Chromium with its sandbox does not start as root.
const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args });
try {
  await (process.argv[2] === "pictures" ? pictures(browser, service) : runAll(browser, service));
} finally {
  await browser.close();
  await service.stop();
}
