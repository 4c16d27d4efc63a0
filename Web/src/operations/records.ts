// The parts of the operators' routes' answers that the page reads. The gateway leaves out null fields.

export interface LiveSecond {
  at: number;
  captions: number;
  hits: number;
  coalesced: number;
  refused: number;
  overloaded: number;
  failed: number;
  node_faults: number;
  tokens: number;
  in_flight: number;
  intake_bytes: number;
  p50_ms?: number;
  p95_ms?: number;
  p99_ms?: number;
}

export interface LiveSummary {
  seconds: number;
  captions: number;
  hits: number;
  coalesced: number;
  refused: number;
  overloaded: number;
  failed: number;
  node_faults: number;
  tokens: number;
  cost_usd: number;
  p50_ms?: number;
  p95_ms?: number;
  p99_ms?: number;
}

export interface LiveNode {
  node_id: string;
  in_flight: number;
  standing: "open" | "probing" | "suspended" | "unwell";
  faults: number;
  busy_seconds: number;
  p50_ms?: number;
  p95_ms?: number;
}

export interface LiveError {
  at: string;
  kind: "request" | "node";
  status?: number;
  code: string;
  request_id: string;
  trace_id?: string;
  node_id?: string;
  model_id?: string;
}

export interface LiveFigures {
  gateway_id: string;
  until: number;
  seconds: LiveSecond[];
  summary: LiveSummary;
  in_flight: number;
  intake_bytes: number;
  intake_limit_bytes: number;
  ledger_behind: boolean;
  nodes: LiveNode[];
  errors: LiveError[];
}

export type Currency = "USD" | "wei" | "eth";

export interface Price {
  price_per_unit: number;
  pixels_per_unit: number;
  currency: Currency;
}

export type ModelState = "warm" | "loading" | "on_demand";

export interface NetworkModel {
  model_id: string;
  revision?: string;
  state: ModelState;
  capacity: number;
  price: Price;
  usd_per_pixel?: number;
  price_source: string;
  verified: boolean;
  precision?: string;
}

export type NodeState = "active" | "draining" | "disabled";

export interface NodeInfo {
  node_id: string;
  address: string;
  kind: "native" | "runner";
  state: NodeState;
  source: string;
  version?: string;
  hardware?: { provider: string; device?: string; memory_bytes?: number; free_memory_bytes?: number; cores?: number };
  models: NetworkModel[];
  queue_depth?: number;
  running?: number;
  registered_at: string;
  expires_at?: string;
}

export interface ServedModel {
  id: string;
  state: "loaded" | "loading" | "on_demand" | "error";
  error?: string;
  memory_bytes?: number;
  load_seconds?: number;
  waiting?: number;
  running?: number;
  queue_capacity?: number;
}

export interface ServedModels {
  memory_budget_bytes: number;
  memory_used_bytes: number;
  models: ServedModel[];
}

export interface ModelRequest {
  request_id: string;
  model_id: string;
  hub_revision: string;
  state: "waiting" | "running" | "verified" | "rejected";
  reason?: string;
  requested_at: string;
  ended_at?: string;
  node_id?: string;
  attempts: number;
  steps: {
    name: string;
    state: "running" | "succeeded" | "failed" | "skipped";
    node_id: string;
    started_at: string;
    ended_at?: string;
    detail?: string;
  }[];
}

export interface SetPrice {
  id: number;
  node_id?: string;
  model_id?: string;
  price?: Price;
  from: string;
  until?: string;
  changed_by?: string;
  note?: string;
}

export interface OperatorPrices {
  recommended: Price;
  set: SetPrice[];
  effective: { node_id: string; model_id: string; price: Price; usd_per_pixel?: number; source: string }[];
  exchange_rate: { usd_per_eth?: number; source?: string; as_of?: string; age_seconds?: number; stale: boolean };
  caps: { model_id?: string; price: Price; usd_per_pixel?: number }[];
}

export interface UsageSum {
  captions: number;
  cache_hits: number;
  pixels: number;
  tokens: number;
  cost_usd: number;
  charged_usd: number;
}

export interface UsageReport {
  rows: { day?: string; key_id?: string; model_id?: string; node_id?: string; sum: UsageSum }[];
  total: UsageSum;
}

export interface KeyInfo {
  key_id: string;
  prefix: string;
  settings: {
    name: string;
    account?: string;
    scopes?: ("caption" | "operate")[];
    expires_at?: string;
    rate_limit?: { requests_per_minute: number; burst?: number };
    budget?: { per_day?: number; per_month?: number; total?: number };
    allowed_models?: string[];
    max_usd_per_pixel?: number;
  };
  created_at: string;
  revoked_at?: string;
  spend: { today: number; this_month: number; total: number; held: number; left?: number };
}

export interface JobInfo {
  id: string;
  status: string;
  folder?: string;
  bucket?: string;
  prefix?: string;
  pictures: { total: number; captioned: number; failed: number };
  failures: Record<string, number>;
  cost_usd: number;
  per_second?: number;
  seconds_left?: number;
  pause?: { reason: string; since: string };
  created_at: string;
  key_id?: string;
}

export interface JobList {
  jobs: JobInfo[];
  has_more: boolean;
}
