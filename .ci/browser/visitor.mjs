// Somebody with a browser: looks at pages, and holds each one to what holds for all.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const REFUSED = /^Failed to load resource: the server responded with a status of 4\d\d/;

/** What the console says where a page's own address refuses on purpose; never what the page is made of. */
const onPurpose = (message, page) =>
  REFUSED.test(message.text()) && new URL(message.location().url).pathname === new URL(page.url()).pathname;

export class Visitor {
  static async arrive(browser, service, { script, width, scheme, locale = "en-GB" }) {
    const context = await browser.newContext({
      baseURL: service.address,
      viewport: { width, height: 800 },
      colorScheme: scheme,
      reducedMotion: "reduce",
      javaScriptEnabled: script,
      locale,
      acceptDownloads: true,
    });
    const visitor = new Visitor();
    Object.assign(visitor, { context, service, script, width, said: [], page: await context.newPage() });
    visitor.page.setDefaultTimeout(60_000);
    visitor.page.on("console", (message) => {
      const loud = ["error", "warning"].includes(message.type()) && !onPurpose(message, visitor.page);
      if (loud) visitor.said.push(`${message.type()}: ${message.text()} (${message.location().url})`);
    });
    visitor.page.on("pageerror", (error) => visitor.said.push(`error: ${error.message} (${visitor.page.url()})`));
    return visitor;
  }

  /** Goes somewhere and looks around. */
  async go(path, status = 200) {
    const answer = await this.page.goto(path);
    assert.equal(answer.status(), status, path);
    await this.look();
  }

  /** Sends a form with one of its buttons and looks at the page that follows. */
  async press(selector) {
    await Promise.all([this.page.waitForEvent("load"), this.page.click(selector)]);
    await this.look();
  }

  async fill(fields) {
    for (const [name, value] of Object.entries(fields)) await this.page.fill(`#${name}`, value);
  }

  /** Holds the page that is shown to what holds for every page. */
  async look() {
    const { page } = this;
    const where = page.url();
    // The narrowest window that pages are made for, too.
    for (const width of this.width === 360 ? [320, 360] : [this.width]) {
      await page.setViewportSize({ width, height: 800 });
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `${where} is ${over} px wider than ${width} px`);
    }
    assert.match(await page.title(), /^\S.* · Ballast$/u, where);
    assert.deepEqual(this.said, [], where);
    // axe is a script and waits on timers, which do not run where scripts are switched off; the pages are
    // the same.
    if (this.script) await this.listen(where);
  }

  /** What a screen reader would stumble over. */
  async listen(where) {
    const { page } = this;
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
    const found = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(" ")}`);
    assert.deepEqual(found, [], where);
  }

  /** The page's words. */
  async sees(words) {
    const text = await this.page.innerText("main");
    assert.ok(text.includes(words), `“${words}” is not on ${this.page.url()}: ${text}`);
  }

  async leave() {
    assert.deepEqual(this.said, []);
    await this.context.close();
  }
}
