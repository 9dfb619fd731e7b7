// Chromium by chromedriver, as much of WebDriver as these tests need (W3C WebDriver, "Endpoints": HTTP with JSON).
//
//     const browser = await Browser.start({ width: 1280, height: 720 });
//     await browser.open("http://127.0.0.1:8080/");
//     await browser.until(() => wirestep.view.items.length > 0);
//     await browser.keys("l15\n");
//     await browser.close();

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ARGUMENTS = [
  "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run", "--no-proxy-server",
  "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--force-device-scale-factor=1",
];
/** A condition may take this long before it counts as not met, in milliseconds: the machine may be busy. */
const PATIENCE = 60_000;

/** Names of keys, as WebDriver encodes them. */
export const KEY = {
  enter: "\ue007", escape: "\ue00c", tab: "\ue004", left: "\ue012", up: "\ue013", right: "\ue014", down: "\ue015", home: "\ue011",
  end: "\ue010", space: " ",
};

export class Browser {
  static async start({ width = 1280, height = 720, language = "en-US", dark = false, preferences = {} } = {}) {
    const browser = new Browser();
    browser.profile = await mkdtemp(join(tmpdir(), "wirestep-page-"));
    browser.process = spawn("chromedriver", ["--port=0", "--log-level=SEVERE"], { stdio: ["ignore", "pipe", "inherit"] });
    const port = await browser.portOf(browser.process);
    browser.base = `http://127.0.0.1:${port}`;
    const args = [...ARGUMENTS, `--user-data-dir=${browser.profile}`, `--window-size=${width},${height}`, `--lang=${language}`];
    if (dark) args.push("--blink-settings=preferredColorScheme=0");
    const options = { args, prefs: { "intl.accept_languages": language, ...preferences } };
    const wanted = { "goog:chromeOptions": options, "goog:loggingPrefs": { browser: "ALL" }, timeouts: { script: PATIENCE, pageLoad: PATIENCE } };
    const { sessionId } = await browser.command("POST", "/session", { capabilities: { alwaysMatch: wanted } });
    browser.session = `/session/${sessionId}`;
    await browser.size(width, height);
    return browser;
  }

  portOf(process) {
    return new Promise((resolve, reject) => {
      let said = "";
      process.on("error", reject);
      process.on("exit", (code) => reject(new Error(`chromedriver ended with ${code}: ${said}`)));
      process.stdout.on("data", (octets) => {
        said += octets;
        const port = /started successfully on port (\d+)/.exec(said)?.[1];
        if (port) resolve(Number(port));
      });
    });
  }

  async command(method, path, body) {
    const response = await fetch(this.base + path, { method, body: body && JSON.stringify(body) });
    const { value } = await response.json();
    if (value?.error) throw new Error(`${path}: ${value.error}: ${value.message.split("\n")[0]}`);
    return value;
  }

  /** The page itself has this size, whatever the window needs around it. */
  async size(width, height) {
    await this.command("POST", `${this.session}/goog/cdp/execute`, {
      cmd: "Emulation.setDeviceMetricsOverride", params: { width, height, deviceScaleFactor: 1, mobile: false },
    });
  }

  cdp(cmd, params = {}) {
    return this.command("POST", `${this.session}/goog/cdp/execute`, { cmd, params });
  }

  async open(url) {
    await this.command("POST", `${this.session}/url`, { url });
    await this.until(() => window.wirestep !== undefined && window.wirestep.status === "live");
  }

  /** Runs a function in the page; its arguments and its result are JSON, and it may give a promise. */
  run(act, ...args) {
    const script = `const [act, args, done] = [${act}, arguments[0], arguments[1]];
      Promise.resolve().then(() => act(...args)).then((value) => done({ value }), (error) => done({ error: String(error && error.stack || error) }));`;
    return this.command("POST", `${this.session}/execute/async`, { script, args: [args] }).then(({ value, error }) => {
      if (error) throw new Error(error);
      return value;
    });
  }

  /** Waits until a function of the page gives something true; it is asked at each frame of the page. */
  until(condition, ...args) {
    const script = `const [condition, args, done] = [${condition}, arguments[0], arguments[1]];
      const began = performance.now();
      const look = () => {
        let value;
        try { value = condition(...args); } catch (error) { value = undefined; }
        if (value) done({ value: true });
        else if (performance.now() - began > ${PATIENCE - 5_000}) done({ value: false });
        else setTimeout(look, 15);
      };
      look();`;
    return this.command("POST", `${this.session}/execute/async`, { script, args: [args] }).then(({ value }) => {
      if (!value) throw new Error(`not met: ${condition}`);
    });
  }

  /** Presses keys one after the other, whatever has the focus. */
  async keys(keys) {
    const actions = [...keys].flatMap((value) => [{ type: "keyDown", value }, { type: "keyUp", value }]);
    await this.command("POST", `${this.session}/actions`, { actions: [{ type: "key", id: "keyboard", actions }] });
  }

  async screenshot() {
    return Buffer.from(await this.command("GET", `${this.session}/screenshot`), "base64");
  }

  /** What the browser has complained about since the last time: CSP, failed requests, exceptions. */
  async complaints() {
    const entries = await this.command("POST", `${this.session}/se/log`, { type: "browser" });
    return entries.map(({ level, message }) => `${level} ${message}`);
  }

  async close() {
    try {
      if (this.session) await this.command("DELETE", this.session);
    } finally {
      this.process.removeAllListeners("exit");
      this.process.kill();
      await rm(this.profile, { recursive: true, force: true, maxRetries: 5 });
    }
  }
}
