import { afterEach, describe, expect, it } from "vitest";

import { createApi, dataOf, pageOf } from "../src/client/client";
import { ApiError, NoAnswer } from "../src/client/errors";
import { hostOf, type Settings } from "../src/client/settings";
import { session } from "../src/client/token";

const HERE: Settings = { publicUrl: "https://studio.example", hosts: {}, hasSession: true, emailSignInUrl: null, pickerUrl: "" };
const ELSEWHERE: Settings = {
  ...HERE,
  hosts: { "/api/media/{id}": "https://api-media.example", "/api/media/export": "https://api-media-content.example" },
};

/** An API whose calls are kept, and answered with this. */
function api(settings: Settings, answer: () => Response) {
  const calls: { url: string; init: RequestInit | undefined }[] = [];
  const made = createApi(settings, (url, init) => {
    calls.push({ url: url as string, init });
    return Promise.resolve(answer());
  });
  return { made, calls };
}

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
const get = (made: ReturnType<typeof createApi>) => dataOf(made.GET("/api/media/{id}", { params: { path: { id: "m" } } }));

afterEach(() => session.ended());

describe("where a path is answered", () => {
  it("is our own origin unless the page was told otherwise", () => {
    expect(hostOf(HERE, "/api/media/m")).toBe("");
    expect(hostOf(ELSEWHERE, "/api/media/m")).toBe("https://api-media.example");
  });

  it("is the function of a literal path before that of an id's place", () => {
    expect(hostOf(ELSEWHERE, "/api/media/export")).toBe("https://api-media-content.example");
  });
});

describe("a call", () => {
  it("goes by cookie to our own origin", async () => {
    const { made, calls } = api(HERE, () => json({ success: true, data: { id: "m" } }));
    await expect(get(made)).resolves.toEqual({ id: "m" });
    expect(calls[0]?.url).toBe(`${window.location.origin}/api/media/m`);
    expect(calls[0]?.init?.credentials).toBe("same-origin");
  });

  it("goes with a Bearer token, and no cookie, to another", async () => {
    session.begun(ELSEWHERE, "the token");
    const { made, calls } = api(ELSEWHERE, () => json({ success: true, data: { id: "m" } }));
    await get(made);
    expect(calls[0]?.url).toBe("https://api-media.example/api/media/m");
    expect(calls[0]?.init?.credentials).toBe("omit");
    expect(new Headers(calls[0]?.init?.headers).get("Authorization")).toBe("Bearer the token");
  });

  it("fails with the code and the facts of the API's refusal", async () => {
    const body = { success: false, error: "INSUFFICIENT_CREDITS", message: "no", retryable: false, requestId: "r", required: 20 };
    const refused = get(api(HERE, () => json(body, 402)).made);
    await expect(refused).rejects.toBeInstanceOf(ApiError);
    const error = (await refused.catch((caught: unknown) => caught)) as ApiError;
    expect([error.code, error.status, error.number("required"), error.number("message")]).toEqual(["INSUFFICIENT_CREDITS", 402, 20, undefined]);
  });

  it("has no answer when a proxy's page came, or nothing", async () => {
    const page = api(HERE, () => new Response("<html>", { status: 502, headers: { "Content-Type": "text/html" } })).made;
    await expect(get(page)).rejects.toBeInstanceOf(NoAnswer);
    const silent = createApi(HERE, () => Promise.reject(new TypeError("Failed to fetch")));
    await expect(get(silent)).rejects.toBeInstanceOf(NoAnswer);
  });

  it("gives a page and the way to the next", async () => {
    const { made } = api(HERE, () => json({ success: true, data: [], nextPageToken: "n" }));
    await expect(pageOf(made.GET("/api/media"))).resolves.toEqual({ items: [], next: "n" });
  });
});
