import { describe, expect, test } from "vitest";
import { ScrollModel, type Row } from "../src/state/scroll-model.ts";

const rows = (from: number, to: number, estimate = 40): Row[] =>
  Array.from({ length: to - from }, (_, index) => ({ key: `r${from + index}`, estimate, anchor: true }));

const model = (list: readonly Row[], viewport = 400): ScrollModel => {
  const made = new ScrollModel();
  made.setViewport(viewport);
  made.setRows(list);
  return made;
};

describe("at the bottom", () => {
  test("it stays there as rows come and grow", () => {
    const list = model(rows(0, 100));
    expect(list.top()).toBe(3600);
    list.setRows(rows(0, 101));
    expect(list.top()).toBe(3640);
    expect(list.measure([["r100", 90]])).toBe(true);
    expect(list.top()).toBe(3690);
    list.setViewport(200);
    expect(list.top()).toBe(3890);
  });
  test("a short list has nowhere to scroll", () => {
    const list = model(rows(0, 3));
    expect(list.top()).toBe(0);
    expect(list.range()).toEqual({ start: 0, end: 3, above: 0, below: 0 });
  });
});

describe("in the middle", () => {
  test("rows above neither move it when they come nor when they turn out taller", () => {
    const list = model(rows(0, 100));
    list.scrolled(2010);
    list.setRows(rows(-50, 100));
    expect(list.top()).toBe(2010 + 50 * 40);
    list.measure([
      ["r-1", 100],
      ["r3", 30],
    ]);
    expect(list.top()).toBe(2010 + 50 * 40 + 60 - 10);
  });
  test("rows below do not move it", () => {
    const list = model(rows(0, 100));
    list.scrolled(1000);
    list.setRows(rows(0, 120));
    expect(list.top()).toBe(1000);
    expect(list.atBottom).toBe(false);
  });
  test("a row that grows at its top keeps its lower edge", () => {
    const list = model(rows(0, 100));
    list.scrolled(1000);
    list.measure([["r25", 60]]);
    expect(list.top()).toBe(1020);
  });
  test("only rows that stay are held on to", () => {
    const list = model([...rows(0, 25), { key: "r25", estimate: 40, anchor: false }, ...rows(26, 100)]);
    list.scrolled(1000);
    list.setRows([...rows(-10, 0), ...rows(0, 100).filter((row) => row.key !== "r25")]);
    expect(list.top()).toBe(1000 + 400 - 40);
  });
  test("a row that vanished leaves the view within the list", () => {
    const list = model(rows(0, 100));
    list.scrolled(1000);
    list.setRows(rows(60, 70));
    expect(list.top()).toBe(0);
  });
});

test("it begins at a row, unless the end comes first", () => {
  const list = model(rows(0, 100));
  list.toRow("r50", 56);
  expect(list.top()).toBe(50 * 40 - 56);
  list.toBottom();
  list.toRow("r98", 56);
  expect(list.atBottom).toBe(true);
  list.toRow("unknown", 56);
  expect(list.atBottom).toBe(true);
});

test("it renders what is near the view, and stands for the rest with space", () => {
  const list = model(rows(0, 10_000));
  list.scrolled(200_000);
  const { start, end, above, below } = list.range();
  expect(end - start).toBeLessThan(60);
  expect(start * 40).toBe(above);
  expect(above + (end - start) * 40 + below).toBe(list.total);
  expect(list.visible()).toEqual({ first: 5000, last: 5009 });
});

test("known heights are no news", () => {
  const list = model(rows(0, 10));
  expect(list.measure([["r1", 41.3]])).toBe(true);
  expect(list.measure([["r1", 41.4]])).toBe(false);
  list.forgetHeights();
  expect(list.measure([["r1", 41.3]])).toBe(true);
});
