/** What the page was given by the function that serves it. */
export interface Settings {
  /** The origin of cookies and of Google's redirects. */
  readonly publicUrl: string;
  /** By path as the contract writes it: the origin that answers it, where that is not ours. */
  readonly hosts: Readonly<Record<string, string>>;
  /** Whether the browser sent a session with the request for this page. */
  readonly hasSession: boolean;
  readonly emailSignInUrl: string | null;
  readonly pickerUrl: string;
}

/** Whether the API is on other origins: then there is no cookie, but a Bearer token. */
export function isElsewhere(settings: Settings): boolean {
  return Object.keys(settings.hosts).length > 0;
}

/** The origin that answers a path; empty: ours. A literal path goes before one with an id in its place. */
export function hostOf(settings: Settings, path: string): string {
  const exact = settings.hosts[path];
  if (exact !== undefined) return exact;
  for (const [pattern, origin] of Object.entries(settings.hosts)) {
    const parts = pattern.split("/");
    const given = path.split("/");
    if (parts.length === given.length && parts.every((part, at) => part.startsWith("{") || part === given[at])) {
      return origin;
    }
  }
  return "";
}
