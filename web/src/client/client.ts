import createFetchClient, { type Client } from "openapi-fetch";

import { ApiError, NoAnswer, type ErrorBody } from "./errors";
import type { components, paths } from "./schema";
import { hostOf, isElsewhere, type Settings } from "./settings";
import { session } from "./token";

export type Schemas = components["schemas"];
export type Api = Client<paths>;

/** A page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

interface Envelope<T> {
  readonly data?: { readonly success: true; readonly data: T; readonly nextPageToken?: string };
  readonly error?: unknown;
  readonly response: Response;
}

/** Where something of the API is, by its path with a query, or by its address at the public origin. */
export function addressOf(settings: Settings, address: string): string {
  const path = address.startsWith(`${settings.publicUrl}/`) ? address.slice(settings.publicUrl.length) : address;
  return `${hostOf(settings, path.split("?")[0] ?? path)}${path}`;
}

/** The API, typed by its contract; every call goes to the function that answers it. */
export function createApi(settings: Settings, send: typeof fetch = (input, init) => fetch(input, init)): Api {
  async function call(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const headers = new Headers(request.headers);
    const bearer = isElsewhere(settings) ? session.token() : null;
    if (bearer !== null) headers.set("Authorization", `Bearer ${bearer}`);
    // The body as a whole: a request that is made of a request streams it, which needs HTTP/2.
    const body = request.method === "GET" || request.method === "HEAD" ? null : await request.blob();
    try {
      return await send(`${hostOf(settings, url.pathname) || url.origin}${url.pathname}${url.search}`, {
        method: request.method,
        headers,
        body: body !== null && body.size > 0 ? body : null,
        credentials: isElsewhere(settings) ? "omit" : "same-origin",
        signal: request.signal,
      });
    } catch (error) {
      if (request.signal.aborted) throw error;
      throw new NoAnswer();
    }
  }
  return createFetchClient<paths>({ baseUrl: window.location.origin, fetch: call });
}

/** The data of a successful answer. Throws `ApiError`, or `NoAnswer` when what came is not the API's. */
export async function dataOf<T>(answer: Promise<Envelope<T>>): Promise<T> {
  return (await successOf(answer)).data;
}

/** The page of a successful answer. Throws like `dataOf`. */
export async function pageOf<T>(answer: Promise<Envelope<T[]>>): Promise<Page<T>> {
  const success = await successOf(answer);
  return { items: success.data, next: success.nextPageToken };
}

async function successOf<T>(answer: Promise<Envelope<T>>): Promise<NonNullable<Envelope<T>["data"]>> {
  const { data, error, response } = await answer;
  if (response.ok && data !== undefined) return data;
  if (isErrorBody(error)) throw new ApiError(response.status, error);
  throw new NoAnswer();
}

function isErrorBody(body: unknown): body is ErrorBody {
  return typeof body === "object" && body !== null && "error" in body && "message" in body;
}
