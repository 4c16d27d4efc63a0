import { storedKey } from "./key";

/** What the gateway refused, in its words. */
export class ApiError extends Error {
  constructor(
    /** HTTP status; 0: no answer came. */
    readonly status: number,
    /** A word for programs. */
    readonly code: string,
    message: string,
    readonly requestId: string | null = null,
    /** Seconds until it is worth trying again. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }
}

/** Calls the gateway with the visitor's key, if one was entered. */
export async function call(path: string, init: RequestInit = {}, key = storedKey()): Promise<Response> {
  const headers = new Headers(init.headers);
  if (key !== null) headers.set("authorization", `Bearer ${key}`);
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers });
  } catch (failure) {
    if (init.signal?.aborted) throw failure;
    throw new ApiError(0, "unreachable", "The gateway can't be reached. Is it running, and is the network up?");
  }
  if (!response.ok) throw await readError(response, init.signal);
  return response;
}

/** Calls the gateway and reads JSON. */
export async function callJson<T>(path: string, init: RequestInit = {}, key = storedKey()): Promise<T> {
  const response = await call(path, init, key);
  return (await response.json()) as T;
}

async function readError(response: Response, signal: AbortSignal | null | undefined): Promise<ApiError> {
  let body: unknown;
  try {
    body = await response.json();
  } catch (failure) {
    // Given up while its words were on the way: nobody waits for them.
    if (signal?.aborted) throw failure;
    body = undefined;
  }
  return errorFrom(response.status, body, response.headers.get("retry-after"), response.headers.get("x-request-id"));
}

/** An error in the gateway's form; anything else becomes words of our own. */
export function errorFrom(
  status: number,
  body: unknown,
  retryAfter: string | null,
  requestId: string | null,
): ApiError {
  const error = isObject(body) && isObject(body.error) ? body.error : {};
  const seconds = retryAfter === null ? NaN : Number.parseInt(retryAfter, 10);
  return new ApiError(
    status,
    text(error.code) ?? "http_error",
    text(error.message) ?? `The gateway answered with status ${status} and said nothing more.`,
    text(error.request_id) ?? requestId,
    Number.isFinite(seconds) ? seconds : null,
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function text(value: unknown): string | null {
  return typeof value === "string" && value.length > 0 ? value : null;
}
