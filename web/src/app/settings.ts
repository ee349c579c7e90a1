import type { Settings } from "../client/settings";

/** The settings that the function has put into the page. Throws when it did not. */
export function readSettings(page: Document): Settings {
  const text = page.getElementById("settings")?.textContent;
  if (text === undefined) throw new Error("This page was not served by the studio's function.");
  return JSON.parse(text) as Settings;
}
