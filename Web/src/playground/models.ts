import { useCallback, useEffect, useState } from "preact/hooks";
import { ApiError, callJson } from "../shared/api";

/** What a model does with a prompt. */
export type PromptUse = "none" | "continues" | "follows" | "tasks";

/** What GET /models answers. */
export interface ModelCatalogue {
  readonly models: readonly {
    readonly model_id: string;
    /** warm, loading or on_demand; missing: no node has it. */
    readonly state?: string;
    /** USD per pixel. */
    readonly lowest_price?: number;
    /** What it does with a prompt; missing: no node says. */
    readonly prompt_use?: PromptUse;
  }[];
  readonly default_model_id?: string;
}

/** The models that the gateway offers, read when the page opens and on demand. */
export function useModels() {
  const [models, setModels] = useState<ModelCatalogue | null>(null);
  const [error, setError] = useState<ApiError | null>(null);

  const refresh = useCallback(async () => {
    try {
      setModels(await callJson<ModelCatalogue>("/models"));
      setError(null);
    } catch (failure) {
      setError(failure instanceof ApiError ? failure : new ApiError(0, "page_error", String(failure)));
    }
  }, []);

  useEffect(() => {
    void refresh();
  }, [refresh]);

  return { models, error, refresh };
}
