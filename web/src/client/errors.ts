import type { components } from "./schema";

/** The body of every failure; facts beside the code differ by code. */
export type ErrorBody = components["schemas"]["ErrorBody"] & Readonly<Record<string, unknown>>;

/** An answer of the API that is no success. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly body: ErrorBody;

  constructor(status: number, body: ErrorBody) {
    super(body.message);
    this.name = "ApiError";
    this.code = body.error;
    this.status = status;
    this.body = body;
  }

  /** A fact beside the code, if it is a number. */
  number(name: string): number | undefined {
    const value = this.body[name];
    return typeof value === "number" ? value : undefined;
  }

  /** A fact beside the code, if it is a text. */
  text(name: string): string | undefined {
    const value = this.body[name];
    return typeof value === "string" ? value : undefined;
  }
}

/** No answer came, or one that is not the API's: whether the call was done, nobody knows. */
export class NoAnswer extends Error {
  constructor() {
    super("No answer");
    this.name = "NoAnswer";
  }
}

export function isApiError(error: unknown, ...codes: string[]): error is ApiError {
  return error instanceof ApiError && (codes.length === 0 || codes.includes(error.code));
}
