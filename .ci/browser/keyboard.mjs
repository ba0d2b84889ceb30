// Tests the flow from registration to a PDF with the keyboard only.

import assert from "node:assert/strict";

/** Presses `key` until the element has the focus. Fails if the focus is not visible. */
const reach = async (page, selector, key = "Tab") => {
  for (let presses = 0; presses < 40; presses += 1) {
    const found = await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector);
    if (found) {
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
      assert.notEqual(outline, "none", `the focus on ${selector} is not visible`);
      return;
    }
    await page.keyboard.press(key);
  }
  assert.fail(`${selector} cannot be reached with ${key}`);
};

const press = async (page, key) => {
  await Promise.all([page.waitForEvent("load"), page.keyboard.press(key)]);
};

export const keyboardFlow = async (visitor, name) => {
  const { page } = visitor;
  await visitor.go("/register");
  // Types without a click, because the first field has the focus when the page opens.
  await page.keyboard.type(name);
  await reach(page, "#email");
  await page.keyboard.type("keyboard@example.org");
  await reach(page, "#password");
  await page.keyboard.type("correct horse battery staple");
  await press(page, "Enter");
  await page.keyboard.type("keyboard@example.org");
  await reach(page, "#password");
  await page.keyboard.type("correct horse battery staple");
  await press(page, "Enter");

  // The first tab stop is the link that skips the navigation.
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  await page.keyboard.press("Enter");
  await reach(page, "main .title button");
  await press(page, "Enter");
  await reach(page, "#body");
  await page.keyboard.type("## By keyboard\n\nNothing else was touched.");
  await reach(page, "[data-typeset]", "Shift+Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector("iframe", { timeout: 40_000 });
  await visitor.sees("one page");
  await reach(page, "a[download]");
};
