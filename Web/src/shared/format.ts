const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const one = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const money = new Intl.NumberFormat("en", { maximumFractionDigits: 12 });

export const count = (value: number): string => whole.format(value);

export const rate = (value: number): string => (value >= 100 ? whole : one).format(value);

/** USD with every digit that says something: a caption costs fractions of a cent. */
export function usd(value: number): string {
  return `$${value >= 1000 ? money.format(Math.round(value * 100) / 100) : money.format(value)}`;
}

/** A number without an exponent, to 15 digits. */
export function plain(value: number): string {
  const [mantissa = "", exponent = "0"] = value.toPrecision(15).split("e");
  const digits = exponent === "0" ? mantissa : value.toFixed(Math.min(100, 15 - Number(exponent)));
  return digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
}

export function milliseconds(value: number | undefined): string {
  if (value === undefined) return "–";
  return value < 1000 ? `${value < 10 ? one.format(value) : whole.format(value)} ms` : `${one.format(value / 1000)} s`;
}

export function bytes(value: number | undefined): string {
  if (value === undefined) return "–";
  const units = ["B", "KB", "MB", "GB", "TB"];
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${(value < 10 && unit > 0 ? one : whole).format(value)} ${units[unit] ?? ""}`;
}

export function share(part: number, all: number): string {
  return all === 0 ? "–" : `${one.format((100 * part) / all)} %`;
}

export function time(text: string): string {
  return new Date(text).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

export function moment(text: string): string {
  return new Date(text).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** A moment as a field for date and time takes it: in the reader's own time, to the minute. */
export function localMinute(text: string): string {
  const at = new Date(text);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** An age in words: "12 s", "5 min", "3 h", "2 d". */
export function age(seconds: number): string {
  if (seconds < 90) return `${whole.format(seconds)} s`;
  if (seconds < 90 * 60) return `${whole.format(seconds / 60)} min`;
  return seconds < 36 * 3600 ? `${whole.format(seconds / 3600)} h` : `${whole.format(seconds / 86_400)} d`;
}

/** A price as people compare it. */
export function perMegapixel(usdPerPixel: number | undefined): string {
  return usdPerPixel === undefined ? "no rate" : `${usd(Number((usdPerPixel * 1e6).toPrecision(12)))} / MP`;
}

/** The UTC day so many days ago, as reports name it. */
export function day(ago: number, now = Date.now()): string {
  return new Date(now - ago * 86_400_000).toISOString().slice(0, 10);
}
