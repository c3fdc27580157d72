import { median } from "./statistics.ts";
import type { SystemName } from "./system.ts";

/** What the ratio product ÷ baseline may be. */
export type Bar = { readonly least: number } | { readonly most: number };

/** One quantity, measured once per round on each server. */
export interface Comparison {
  readonly name: string;
  readonly unit: string;
  readonly bar?: Bar;
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
  if (medians.baseline === undefined || medians.product === undefined) return { ...comparison, medians };
  const ratio = medians.product / medians.baseline;
  const roundRatios = product.map((value, round) => value / (baseline[round] ?? Number.NaN));
  const judged = { ...comparison, medians, ratio, roundRatios };
  return comparison.bar === undefined ? judged : { ...judged, holds: holds(ratio, comparison.bar) };
};

const figure = (value: number | undefined): string => {
  if (value === undefined) return "-";
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
};

const barText = (bar: Bar): string => ("least" in bar ? `>= ${bar.least}` : `<= ${bar.most}`);

const ratioLine = ({ name, ratio, roundRatios = [], bar, holds: isHeld }: Judged): string => {
  const spread =
    roundRatios.length > 1 ? `rounds ${figure(Math.min(...roundRatios))}-${figure(Math.max(...roundRatios))}` : "";
  const verdict = bar === undefined ? "" : `bar ${barText(bar)}  ${isHeld === true ? "holds" : "DOES NOT HOLD"}`;
  return `ratio  ${name.padEnd(52)} ${figure(ratio).padStart(7)}  ${spread.padEnd(18)}  ${verdict}`.trimEnd();
};

/** The report for people: a table of medians, then a line for each ratio. */
export const render = (all: readonly Judged[]): string => {
  const head = `${"median of the rounds".padEnd(52)} ${"baseline".padStart(10)} ${"product".padStart(10)}  unit`;
  const rows = all.map(({ name, unit, medians }) => {
    const cells = [figure(medians.baseline), figure(medians.product)].map((text) => text.padStart(10));
    return `${name.padEnd(52)} ${cells.join(" ")}  ${unit}`;
  });
  const ratios = all.filter(({ ratio }) => ratio !== undefined).map(ratioLine);
  return [head, ...rows, "", ...ratios].join("\n");
};
