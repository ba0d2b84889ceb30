// A user with a browser. Checks every visited page against the rules for all pages.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const ERROR_STATUS = /^Failed to load resource: the server responded with a status of 4\d\d/;

/** Returns whether a console message reports a 4xx status of the page itself, which `go` checks. Excludes resources. */
const isExpected = (message, page) =>
  ERROR_STATUS.test(message.text()) && new URL(message.location().url).pathname === new URL(page.url()).pathname;

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
    Object.assign(visitor, { context, service, script, width, messages: [], page: await context.newPage() });
    visitor.page.setDefaultTimeout(60_000);
    visitor.page.on("console", (message) => {
      const isProblem = ["error", "warning"].includes(message.type()) && !isExpected(message, visitor.page);
      if (isProblem) visitor.messages.push(`${message.type()}: ${message.text()} (${message.location().url})`);
    });
    visitor.page.on("pageerror", (error) => visitor.messages.push(`error: ${error.message} (${visitor.page.url()})`));
    return visitor;
  }

  /** Opens a page and checks it. */
  async go(path, status = 200) {
    const response = await this.page.goto(path);
    assert.equal(response.status(), status, path);
    await this.look();
  }

  /** Submits a form with one of its buttons and checks the next page. */
  async press(selector) {
    await Promise.all([this.page.waitForEvent("load"), this.page.click(selector)]);
    await this.look();
  }

  async fill(fields) {
    for (const [name, value] of Object.entries(fields)) await this.page.fill(`#${name}`, value);
  }

  /** Checks the current page against the rules for all pages. */
  async look() {
    const { page } = this;
    const where = page.url();
    // 320 px is the smallest supported width.
    for (const width of this.width === 360 ? [320, 360] : [this.width]) {
      await page.setViewportSize({ width, height: 800 });
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `${where} is ${over} px wider than ${width} px`);
    }
    assert.match(await page.title(), /^\S.* · Ballast$/u, where);
    assert.deepEqual(this.messages, [], where);
    // Runs axe only with JavaScript, because axe is a script. The HTML is identical without JavaScript.
    if (this.script) await this.checkAccessibility(where);
  }

  /** Checks the accessibility of the current page with axe. */
  async checkAccessibility(where) {
    const { page } = this;
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
    const found = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(" ")}`);
    assert.deepEqual(found, [], where);
  }

  /** Checks that the current page contains a text. */
  async sees(words) {
    const text = await this.page.innerText("main");
    assert.ok(text.includes(words), `“${words}” is not on ${this.page.url()}: ${text}`);
  }

  async leave() {
    assert.deepEqual(this.messages, []);
    await this.context.close();
  }
}
