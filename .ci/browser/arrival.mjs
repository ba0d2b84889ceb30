// Checks the first load of each main page: transferred bytes and layout shift.

import assert from "node:assert/strict";

import { Visitor } from "./visitor.mjs";

/** Maximum bytes that a browser with an empty cache transfers for a page, headers included. */
const MAX_BYTES = 50 * 1024;
/** Maximum cumulative layout shift. For comparison, Lighthouse rates a shift of up to 0.1 as good. */
const MAX_SHIFT = 0.005;

// Sums the layout shifts of a page. Ignores shifts shortly after user input, because a user expects these shifts.
const observeShifts = () => {
  globalThis.layoutShift = 0;
  new PerformanceObserver((list) => {
    for (const shift of list.getEntries()) if (!shift.hadRecentInput) globalThis.layoutShift += shift.value;
  }).observe({ type: "layout-shift", buffered: true });
};

const createDocument = async (visitor, name) => {
  const account = { email: `${name.toLowerCase().replaceAll(" ", ".")}@example.org`, password: "correct horse battery staple" };
  await visitor.go("/register");
  await visitor.fill({ name, ...account });
  await visitor.press("main form button");
  await visitor.fill(account);
  await visitor.press("main form button");
  await visitor.press("text=Start with the example");
  return new URL(visitor.page.url()).pathname;
};

/** Loads a page with an empty cache. Returns the transferred bytes and the layout shift. */
const load = async ({ page, context }, path) => {
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  let bytes = 0;
  session.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
  await page.goto(path, { waitUntil: "networkidle" });
  const shift = await page.evaluate(() => globalThis.layoutShift);
  await session.detach();
  return { bytes, shift };
};

/** Makes a PDF. Returns the path of the editor with the PDF tab. */
const makePdf = async ({ page }, editor) => {
  await page.goto(editor);
  await page.click("text=Make PDF");
  await page.waitForSelector("iframe", { timeout: 40_000 });
  return `${editor}?pane=pdf`;
};

/** Checks the transferred bytes and the layout shift of each main page, in a narrow and in a wide window. */
export const checkFirstLoads = async (browser, service) => {
  let largest = 0;
  const check = async (visitor, path, checksBytes = true) => {
    const { bytes, shift } = await load(visitor, path);
    assert.ok(shift <= MAX_SHIFT, `${path} has a layout shift of ${shift} at ${visitor.width} px`);
    if (!checksBytes) return;
    assert.ok(bytes > 1000 && bytes <= MAX_BYTES, `${path} transfers ${bytes} bytes`);
    largest = Math.max(largest, bytes);
  };
  for (const width of [360, 1280]) {
    const visitor = await Visitor.arrive(browser, service, { script: true, width, scheme: "light" });
    await visitor.context.addInitScript(observeShifts);
    for (const path of ["/", "/login", "/register", "/forgot"]) await check(visitor, path);
    const editor = await createDocument(visitor, `First Look ${width}`);
    for (const path of ["/documents", editor, "/uploads", "/account"]) await check(visitor, path);
    // Skips the byte limit, because the page loads the PDF and the PDF viewer of the browser.
    await check(visitor, await makePdf(visitor, editor), false);
    await visitor.leave();
  }
  console.log(`largest page: ${largest} of at most ${MAX_BYTES} bytes`);
};
