import { isElsewhere, type Settings } from "./settings";

const NAME = "studio.session";

// Our own origin's cookie cannot be read: the page was told whether it came with one.
let cookie: boolean | null = null;

/** What this tab knows of the session. Where there can be no cookie, its token: of this tab, and forgotten with it. */
export const session = {
  token: (): string | null => sessionStorage.getItem(NAME),
  /** Whether it is worth asking who is signed in. */
  mayBe: (settings: Settings): boolean =>
    isElsewhere(settings) ? session.token() !== null : (cookie ?? settings.hasSession),
  begun: (settings: Settings, token: string): void => {
    if (isElsewhere(settings)) sessionStorage.setItem(NAME, token);
    cookie = true;
  },
  ended: (): void => {
    sessionStorage.removeItem(NAME);
    cookie = false;
  },
};
