import { median } from "./statistics.ts";
import { SYSTEMS } from "./system.ts";
import type { SystemName } from "./system.ts";

/** What a ratio, or a figure, may be. */
export type Bar = { readonly least: number } | { readonly most: number };

/** One quantity, measured once per round on each server. */
export interface Comparison {
  readonly name: string;
  readonly unit: string;
  /** What the ratio product ÷ baseline may be. */
  readonly bar?: Bar | undefined;
  /** What the product's own figure may be. */
  readonly limit?: Bar | undefined;
  /** Where the product is compared with itself under another load: what is called baseline here, and what product. */
  readonly columns?: readonly [baseline: string, product: string];
  readonly values: Readonly<Record<SystemName, readonly number[]>>;
}

export interface Judged extends Comparison {
  readonly medians: Partial<Record<SystemName, number>>;
  /** Product ÷ baseline: of the medians, and of each round by itself. */
  readonly ratio?: number;
  readonly roundRatios?: readonly number[];
  readonly holds?: boolean;
}

export const holds = (ratio: number, bar: Bar): boolean => ("least" in bar ? ratio >= bar.least : ratio <= bar.most);

export const judge = (comparison: Comparison): Judged => {
  const { baseline, product } = comparison.values;
  const medians = {
    ...(baseline.length > 0 ? { baseline: median(baseline) } : {}),
    ...(product.length > 0 ? { product: median(product) } : {}),
  };
  const { limit } = comparison;
  if (limit !== undefined && medians.product !== undefined)
    return { ...comparison, medians, holds: holds(medians.product, limit) };
  if (medians.baseline === undefined || medians.product === undefined) return { ...comparison, medians };
  // Where there was nothing, there is nothing to compare with.
  if (medians.baseline === 0) return { ...comparison, medians };
  const ratio = medians.product / medians.baseline;
  const roundRatios = product.map((value, round) => value / (baseline[round] ?? Number.NaN));
  const judged = { ...comparison, medians, ratio, roundRatios };
  return comparison.bar === undefined ? judged : { ...judged, holds: holds(ratio, comparison.bar) };
};

const figure = (value: number | undefined): string => {
  if (value === undefined) return "-";
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
};

const barText = (bar: Bar): string => ("least" in bar ? `>= ${figure(bar.least)}` : `<= ${figure(bar.most)}`);

const ratioLine = ({ name, ratio, roundRatios = [], bar, holds: isHeld }: Judged): string => {
  const spread =
    roundRatios.length > 1 ? `rounds ${figure(Math.min(...roundRatios))}-${figure(Math.max(...roundRatios))}` : "";
  const verdict = bar === undefined ? "" : `bar ${barText(bar)}  ${isHeld === true ? "holds" : "DOES NOT HOLD"}`;
  return `ratio  ${name.padEnd(52)} ${figure(ratio).padStart(7)}  ${spread.padEnd(18)}  ${verdict}`.trimEnd();
};

const limitLine = ({ name, medians, limit, holds: isHeld }: Judged & { readonly limit: Bar }): string =>
  `limit  ${name.padEnd(52)} ${figure(medians.product).padStart(7)}  ${"".padEnd(18)}  ` +
  `bar ${barText(limit)}  ${isHeld === true ? "holds" : "DOES NOT HOLD"}`;

const table = ([left, right]: readonly [string, string], all: readonly Judged[]): string[] => {
  const head = `${"median of the rounds".padEnd(52)} ${left.padStart(10)} ${right.padStart(10)}  unit`;
  const rows = all.map(({ name, unit, medians }) => {
    const cells = [figure(medians.baseline), figure(medians.product)].map((text) => text.padStart(10));
    return `${name.padEnd(52)} ${cells.join(" ")}  ${unit}`;
  });
  return [head, ...rows, ""];
};

/** The report for people: tables of medians, then a line for each ratio and each limit. */
export const render = (all: readonly Judged[]): string => {
  const tables = Map.groupBy(all, ({ columns }) => (columns ?? SYSTEMS).join("/"));
  const lines = [...tables.values()].flatMap((some) => table(some[0]?.columns ?? SYSTEMS, some));
  for (const one of all) {
    if (one.ratio !== undefined) lines.push(ratioLine(one));
    else if (one.limit !== undefined) lines.push(limitLine({ ...one, limit: one.limit }));
  }
  return lines.join("\n");
};
