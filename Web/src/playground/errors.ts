import type { ApiError } from "../shared/api";

/** What a refusal comes down to, for people. */
export function titleOf(error: ApiError): string {
  switch (error.status) {
    case 0:
      return error.code === "stopped" ? "Stopped" : "No answer";
    case 400:
      return "The request could not be read";
    case 401:
      return "An API key is needed";
    case 402:
      return error.code === "price_above_cap" ? "Every offer is above the price cap" : "The budget is spent";
    case 403:
      return "This key may not do that";
    case 404:
      return "There is no such model here";
    case 408:
      return "The upload took too long";
    case 413:
      return "The picture is too large";
    case 415:
      return "This is not a picture that can be read";
    case 422:
      return error.code === "invalid_image" ? "The picture is damaged" : "An option has a value that can't be used";
    case 429:
      return "Too much at once";
    case 503:
      return "No node can caption this now";
    default:
      return "The caption failed";
  }
}

/** When to come back; null: not told. */
export function waitOf(error: ApiError): string | null {
  if (error.retryAfter === null) return null;
  return error.retryAfter === 1 ? "Try again in a second." : `Try again in ${error.retryAfter} seconds.`;
}
