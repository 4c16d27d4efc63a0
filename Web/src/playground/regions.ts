/** A part of the picture that a caption speaks of, in pixels of the upright picture. */
export interface Region {
  /** Empty where the model names nothing. */
  readonly label: string;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** Its corners where it is no upright rectangle. */
  readonly outline?: readonly (readonly [number, number])[];
}

/** The corners as SVG's polygon takes them. */
export function pointsOf(region: Region): string {
  const { left, top, right, bottom } = region;
  const corners = region.outline ?? [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
  return corners.map(([x, y]) => `${x},${y}`).join(" ");
}

/** What a region is called: its label, or its number. */
export function nameOf(region: Region, index: number): string {
  return region.label === "" ? `region ${index + 1}` : region.label;
}

/** Regions of one label have one colour, of which there are six. */
export function colourOf(regions: readonly Region[], index: number): number {
  const labels = [...new Set(regions.map((region) => region.label))];
  const label = regions[index]?.label ?? "";
  return ((labels.length === 1 ? index : labels.indexOf(label)) % 6) + 1;
}
