// The service with a fresh database in a folder of its own, on a free port of this machine.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

const freePort = () =>
  new Promise((found) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });

export const start = async () => {
  const folder = await mkdtemp(join(tmpdir(), "ballast-browser-"));
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const child = spawn(process.env.BALLAST ?? join(root, "target/debug/ballast-cli"), ["start"], {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: `sqlite://${join(folder, "browser.sqlite")}?mode=rwc`,
      STORAGE_URL: `file:${join(folder, "storage")}`,
      HOST: address,
      PORT: String(port),
      BINDING: "127.0.0.1",
      METRICS_ENABLED: "false",
      RATE_LIMIT_ENABLED: "false",
      LOG_FORMAT: "json",
    },
  });
  let said = "";
  child.stdout.on("data", (bytes) => (said += bytes));
  child.stderr.on("data", (bytes) => (said += bytes));
  const ended = new Promise((over) => child.on("exit", over));
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const waitFor = async (found, what) => {
    for (let tries = 0; tries < 1200; tries += 1) {
      const answer = found(said);
      if (answer) return answer;
      if (child.exitCode !== null) break;
      await new Promise((passed) => setTimeout(passed, 100));
    }
    throw new Error(`${what}: ${said.slice(-2000)}`);
  };
  try {
    await waitFor((log) => log.includes('"event":"started"'), "the service did not start");
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    address,
    stop,
    // Without a mail server, the log shows the mail.
    link: (path, name) => waitFor((log) => linkIn(log, address, path, name), `no mail with ${path} for ${name}`),
    log: () => said,
  };
};

// The newest link of this kind in a mail to somebody of this name.
const linkIn = (log, address, path, name) => {
  const mails = log.split("\n").filter((line) => line.includes(`Hello ${name},`) && line.includes(`${path}?token=`));
  const newest = mails.at(-1)?.match(new RegExp(`${path}\\?token=([\\w-]{43})`));
  return newest && `${address}${path}?token=${newest[1]}`;
};
