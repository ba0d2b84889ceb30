// What a first look at a page costs: its bytes on the line, and whether it holds still while it comes.

import assert from "node:assert/strict";

import { Visitor } from "./visitor.mjs";

/** Everything that a browser with an empty cache fetches for a page, headers included. */
const BYTES = 50 * 1024;
/** How far a page may move by itself; what Lighthouse calls good is 0.1. */
const SHIFT = 0.005;

// Adds up what moves without the reader having asked for it.
const watch = () => {
  globalThis.moved = 0;
  new PerformanceObserver((list) => {
    for (const shift of list.getEntries()) if (!shift.hadRecentInput) globalThis.moved += shift.value;
  }).observe({ type: "layout-shift", buffered: true });
};

const comeIn = async (visitor, name) => {
  const own = { email: `${name.toLowerCase().replaceAll(" ", ".")}@example.org`, password: "correct horse battery staple" };
  await visitor.go("/register");
  await visitor.fill({ name, ...own });
  await visitor.press("main form button");
  await visitor.fill(own);
  await visitor.press("main form button");
  await visitor.press("text=Begin with the example");
  return new URL(visitor.page.url()).pathname;
};

/** Opens a page as for the first time, and gives what came over the line and how far it moved. */
const arrive = async ({ page, context }, path) => {
  const line = await context.newCDPSession(page);
  await line.send("Network.enable");
  await line.send("Network.setCacheDisabled", { cacheDisabled: true });
  let bytes = 0;
  line.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
  await page.goto(path, { waitUntil: "networkidle" });
  const moved = await page.evaluate(() => globalThis.moved);
  await line.detach();
  return { bytes, moved };
};

/** Has a PDF made, and gives the address at which it stands beside the text. */
const printed = async ({ page }, editor) => {
  await page.goto(editor);
  await page.click("text=Make PDF");
  await page.waitForSelector("iframe", { timeout: 40_000 });
  return `${editor}?pane=pdf`;
};

/** Holds each of the main pages to both, narrow and wide. */
export const arrivals = async (browser, service) => {
  let most = 0;
  const look = async (visitor, path, counted = true) => {
    const { bytes, moved } = await arrive(visitor, path);
    assert.ok(moved <= SHIFT, `${path} moves by ${moved} at ${visitor.width} px`);
    if (!counted) return;
    assert.ok(bytes > 1000 && bytes <= BYTES, `${path} takes ${bytes} bytes`);
    most = Math.max(most, bytes);
  };
  for (const width of [360, 1280]) {
    const visitor = await Visitor.arrive(browser, service, { script: true, width, scheme: "light" });
    await visitor.context.addInitScript(watch);
    for (const path of ["/", "/login", "/register", "/forgot"]) await look(visitor, path);
    const editor = await comeIn(visitor, `First Look ${width}`);
    for (const path of ["/documents", editor, "/uploads", "/account"]) await look(visitor, path);
    // The viewer is the browser's own, and the PDF as large as what was written.
    await look(visitor, await printed(visitor, editor), false);
    await visitor.leave();
  }
  console.log(`the heaviest page takes ${most} of ${BYTES} bytes`);
};
