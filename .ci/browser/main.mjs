// Starts the service and a browser, and has every page tried.

import { chromium } from "playwright-core";

import { arrivals } from "./arrival.mjs";
import { everything } from "./flows.mjs";
import { alone } from "./keyboard.mjs";
import { pictures } from "./pictures.mjs";
import { start } from "./service.mjs";
import { Visitor } from "./visitor.mjs";

const WAYS = [true, false].flatMap((script) =>
  [360, 1280].flatMap((width) => ["light", "dark"].map((scheme) => ({ script, width, scheme }))),
);

const named = ({ script, width, scheme }) => `${script ? "with" : "without"} scripts, ${width} px, ${scheme}`;

const attempt = async (what, work) => {
  const begun = Date.now();
  await work();
  console.log(`ok: ${what} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
};

const tries = async (browser, service) => {
  const chosen = WAYS.filter((way) => named(way).includes(process.argv[2] ?? ""));
  for (const [number, way] of chosen.entries()) {
    await attempt(named(way), async () => {
      const visitor = await Visitor.arrive(browser, service, way);
      await everything(visitor, `Ada ${number}`);
      await visitor.leave();
    });
  }
  await attempt("by keyboard alone", async () => {
    const visitor = await Visitor.arrive(browser, service, { script: true, width: 1280, scheme: "light" });
    await alone(visitor, "Key Board");
    await visitor.leave();
  });
  await attempt("what a first look costs", () => arrivals(browser, service));
  // To its end, so that nothing is said after this.
  await service.stop();
  if (service.log().includes("csp_violation")) throw new Error("the content policy kept something back; see the log");
  const faults = service.log().split("\n").filter((line) => line.includes('"level":"ERROR"'));
  if (faults.length) throw new Error(faults.join("\n"));
};

const service = await start();
// Root has no sandbox of its own to put the browser into.
const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args });
try {
  await (process.argv[2] === "pictures" ? pictures(browser, service) : tries(browser, service));
} finally {
  await browser.close();
  await service.stop();
}
