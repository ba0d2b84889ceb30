// Tests all user flows, from registration to the deletion of the account.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { root } from "./service.mjs";

const PASSWORD = "correct horse battery staple";
const OTHER = "another horse battery staple";
const PICTURE = join(root, "docs/tour/river.png");

export const everything = async (visitor, name) => {
  const email = `${name.toLowerCase().replaceAll(" ", ".")}@example.org`;
  await registerAndSignIn(visitor, name, email);
  await editDocument(visitor);
  await manageFiles(visitor);
  await manageAccount(visitor, name, email);
};

const registerAndSignIn = async (visitor, name, email) => {
  await visitor.go("/");
  await visitor.press("main a[href='/register']");
  await visitor.fill({ name, email, password: "short" });
  // Disables the validation of the browser, so that the server validates the form.
  await visitor.page.evaluate(() => document.querySelector("main form").setAttribute("novalidate", ""));
  await visitor.press("main form button");
  await visitor.sees("One field is invalid.");
  assert.equal(await visitor.page.inputValue("#email"), email);
  assert.equal(await visitor.page.evaluate(() => document.activeElement.id), "password");
  await visitor.fill({ password: PASSWORD });
  await visitor.press("main form button");
  await visitor.sees("Check your inbox");

  await visitor.fill({ email, password: "not the right one" });
  await visitor.press("main form button");
  await visitor.sees("The e-mail address or the password is wrong.");
  await visitor.fill({ password: PASSWORD });
  await visitor.press("main form button");
  await visitor.sees("No documents yet");

  await visitor.go(await visitor.service.link("/verify", name));
  await visitor.press("main form button");
  await visitor.sees("Your e-mail address is confirmed.");
};

const editDocument = async (visitor) => {
  const { page, script } = visitor;
  await visitor.go("/documents");
  await visitor.press("text=Start with the example");
  await page.fill("#title", "Weir notes");
  await page.fill("#body", "## Seen\n\nIt *rained*.\n\n- [x] wet\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n");
  if (script) {
    await page.waitForSelector("[data-prose] em:text('rained')");
    assert.equal(await page.innerText("[data-prose-title]"), "Weir notes");
    await page.click("text=Save");
    await page.waitForSelector("[data-when=stored]:visible");
    await visitor.look();
    await dropImage(visitor);
  } else {
    await visitor.press("main form button:text-is('Preview')");
    await page.waitForSelector("[data-prose] em:text('rained')");
    await visitor.sees("Not saved yet.");
    await visitor.press("main form button:text-is('Save')");
    await visitor.sees("Saved.");
  }
  await typeset(visitor);
  await changeElsewhere(visitor);

  await visitor.go("/documents?q=weir");
  await visitor.sees("Weir notes");
  await visitor.go("/documents?q=nowhere");
  await visitor.sees("Nothing found");
};

const typeset = async (visitor) => {
  const { page } = visitor;
  const editor = new URL(page.url()).pathname;
  await page.click("text=Make PDF");
  await page.waitForSelector("iframe", { timeout: 40_000 });
  await visitor.look();
  await visitor.sees("one page");
  // Chromium shows a PDF in a frame of its viewer extension, but only if the Content-Security-Policy permits it.
  for (let tries = 0; !page.frames().some((frame) => frame.url().startsWith("chrome-extension:")); tries += 1) {
    assert.ok(tries < 300, "the PDF is not shown next to the text");
    await page.waitForTimeout(200);
  }
  const pdf = await visitor.context.request.get(`${editor}/pdf`);
  assert.equal((await pdf.body()).subarray(0, 5).toString(), "%PDF-");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("text=Download")]);
  assert.equal(download.suggestedFilename(), "Weir notes.pdf");
};

const dropImage = async ({ page }) => {
  const bytes = (await readFile(PICTURE)).toString("base64");
  await page.evaluate((base64) => {
    const file = new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], "river.png", { type: "image/png" });
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(file);
    document.querySelector("#body").dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
  }, bytes);
  await page.waitForFunction(() => /!\[river\.png\]\(upload:[0-9a-f-]{36}\)/.test(document.querySelector("#body").value));
  const picture = await page.waitForSelector("[data-prose] img[src^='/uploads/']");
  await picture.scrollIntoViewIfNeeded();
  await page.waitForFunction(() => document.querySelector("[data-prose] img").naturalWidth > 0);
  // Waits until autosave has stored the text with the image.
  await page.waitForSelector("[data-when=stored]:visible");
};

const changeElsewhere = async (visitor) => {
  const { page, script } = visitor;
  const editor = new URL(page.url()).pathname;
  await visitor.go(editor);
  const form = { title: "Weir notes", body: "changed elsewhere" };
  const elsewhere = await visitor.context.request.post(editor, { form, headers: { "Sec-Fetch-Site": "same-origin" } });
  assert.equal(elsewhere.status(), 200);
  if (script) {
    // Types and saves in one step, so that autosave is still pending when the response to the save arrives.
    await page.evaluate(() => {
      const body = document.querySelector("#body");
      body.value = "changed here";
      body.dispatchEvent(new Event("input", { bubbles: true }));
      dispatchEvent(new KeyboardEvent("keydown", { key: "s", ctrlKey: true, cancelable: true }));
    });
    await page.waitForSelector("[data-when=conflict]:visible");
    await page.waitForTimeout(3500);
    assert.ok(await page.isVisible("[data-when=conflict]"), "autosave replaced the version of the other window");
    await page.keyboard.press("Control+s");
    await page.waitForSelector("[data-when=stored]:visible");
  } else {
    await page.fill("#body", "changed here");
    await visitor.press("main form button:text-is('Save')");
    await visitor.sees("changed in another window");
    assert.equal(await page.inputValue("#body"), "changed here");
    await visitor.press("main form button:text-is('Save')");
  }
  await visitor.go(editor);
  assert.equal(await page.inputValue("#body"), "changed here");
};

const manageFiles = async (visitor) => {
  const { page, script } = visitor;
  await visitor.go("/uploads");
  const before = await page.locator(".tile").count();
  await page.setInputFiles("#file", script ? [PICTURE, join(root, "LICENSE")] : [PICTURE]);
  await visitor.press("main form button:text-is('Upload')");
  await visitor.sees("Upload complete.");
  assert.equal(await page.locator(".tile").count(), before + (script ? 2 : 1));
  const picture = page.locator(".tile img").first();
  await picture.scrollIntoViewIfNeeded();
  if (script) await page.waitForFunction(() => document.querySelector(".tile img").naturalWidth > 0);
  await page.locator(".tile summary").first().click();
  await visitor.look();
  await visitor.press(".tile:has(details[open]) .danger");
  await visitor.sees("The file was deleted.");
};

const manageAccount = async (visitor, name, email) => {
  const { page } = visitor;
  await visitor.go("/account");
  await visitor.sees("Chrome on Linux");
  await page.selectOption("#language", "de");
  await visitor.press("section:has(#language) button");
  await visitor.sees("Gespeichert.");
  await visitor.go("/documents");
  await page.waitForSelector("text=Neues Dokument");
  await visitor.go("/account");
  await page.selectOption("#language", "");
  await visitor.press("section:has(#language) button");

  await visitor.fill({ current_password: "not the right one", password: OTHER });
  await visitor.press("section:has(#current_password) button");
  await visitor.sees("The password is wrong.");
  await visitor.fill({ current_password: PASSWORD, password: OTHER });
  await visitor.press("section:has(#current_password) button");
  await visitor.sees("Your password was changed.");

  await visitor.press("nav button");
  await visitor.sees("You are signed out.");
  await visitor.go("/forgot");
  await visitor.fill({ email });
  await visitor.press("main form button");
  await visitor.sees("we have sent a link to it");
  const link = await visitor.service.link("/reset", name);
  await visitor.go(link);
  await visitor.fill({ password: PASSWORD });
  await visitor.press("main form button");
  await visitor.sees("Your password was changed. Sign in with the new password.");
  await visitor.go(link);
  await visitor.fill({ password: OTHER });
  await visitor.press("main form button");
  await visitor.sees("This link is no longer valid");

  await visitor.go("/account");
  await visitor.fill({ email, password: PASSWORD });
  await visitor.press("main form button");
  assert.equal(new URL(page.url()).pathname, "/account", "sign-in returns to the requested page");
  await page.click("#removal ~ details summary");
  await visitor.fill({ "removal-password": PASSWORD });
  await visitor.press("section:has(#removal-password) button");
  await visitor.sees("Your account was deleted");
  await visitor.go("/nowhere", 404);
  await visitor.sees("Page not found");
};
