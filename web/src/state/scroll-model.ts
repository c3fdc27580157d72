/** A row of a virtual list. Heights are in CSS pixels; `estimate` counts until the row was measured. */
export interface Row {
  readonly key: string;
  readonly estimate: number;
  /** Whether the view may hold on to this row while others come and go. */
  readonly anchor: boolean;
}

/** What is in view: the first and last row by index, and where that is. */
export interface View {
  readonly first: number;
  readonly last: number;
  readonly atBottom: boolean;
  readonly nearTop: boolean;
}

type Anchor = { readonly at: "bottom" } | { readonly at: "row"; readonly key: string; readonly gap: number };

/** Closer to the end than this counts as being there. */
const BOTTOM_SLACK = 48;
const OVERSCAN = 600;

/**
 * Where a list of rows of different heights stands, without a DOM. The view holds on to either the
 * bottom or one visible row (by its lower edge, which stays when the row grows a heading), so that
 * neither rows added above nor better-known heights move what is being read.
 */
export class ScrollModel {
  #rows: readonly Row[] = [];
  #index = new Map<string, number>();
  #offsets: Float64Array = new Float64Array(1);
  #heights = new Map<string, number>();
  #viewport = 0;
  #anchor: Anchor = { at: "bottom" };
  #lastTop = 0;

  get total(): number {
    return this.#offsets[this.#rows.length] ?? 0;
  }
  get viewport(): number {
    return this.#viewport;
  }
  get atBottom(): boolean {
    return this.#anchor.at === "bottom";
  }

  setRows(rows: readonly Row[]): void {
    if (rows === this.#rows) return;
    this.#rows = rows;
    this.#index = new Map(rows.map((row, index) => [row.key, index]));
    this.#layout();
  }

  setViewport(height: number): void {
    this.#viewport = height;
  }

  /** The width changed: what was measured no longer holds. */
  forgetHeights(): void {
    this.#heights.clear();
    this.#layout();
  }

  /** Takes measured heights; tells whether any was news. */
  measure(heights: Iterable<readonly [string, number]>): boolean {
    let changed = false;
    for (const [key, height] of heights) {
      if (Math.abs((this.#heights.get(key) ?? -1) - height) < 0.25) continue;
      this.#heights.set(key, height);
      changed = true;
    }
    if (changed) this.#layout();
    return changed;
  }

  /** The person scrolled to `top`: hold on to what is there now. */
  scrolled(top: number): void {
    this.#lastTop = top;
    if (top >= this.total - this.#viewport - BOTTOM_SLACK) {
      this.#anchor = { at: "bottom" };
      return;
    }
    for (let index = this.#rowAt(top); index < this.#rows.length; index += 1) {
      const row = this.#rows[index];
      const edge = this.#offsets[index + 1] ?? 0;
      if (row?.anchor !== true || edge <= top) continue;
      this.#anchor = { at: "row", key: row.key, gap: edge - top };
      return;
    }
  }

  toBottom(): void {
    this.#anchor = { at: "bottom" };
  }

  /** Puts the upper edge of a row `below` pixels under the top of the view, unless the end comes first. */
  toRow(key: string, below: number): void {
    const index = this.#index.get(key);
    if (index === undefined) return;
    const top = (this.#offsets[index] ?? 0) - below;
    if (top < this.total - this.#viewport) {
      this.#anchor = { at: "row", key, gap: (this.#offsets[index + 1] ?? 0) - top };
    }
  }

  /** Where the view should stand now. */
  top(): number {
    const end = Math.max(0, this.total - this.#viewport);
    if (this.#anchor.at === "bottom") return end;
    const index = this.#index.get(this.#anchor.key);
    const wanted = index === undefined ? this.#lastTop : (this.#offsets[index + 1] ?? 0) - this.#anchor.gap;
    return Math.min(Math.max(0, wanted), end);
  }

  /** The rows to render, and the space that stands for those above and below. */
  range(): { readonly start: number; readonly end: number; readonly above: number; readonly below: number } {
    const top = this.top();
    const start = this.#rowAt(top - OVERSCAN);
    const end = Math.min(this.#rows.length, this.#rowAt(top + this.#viewport + OVERSCAN) + 1);
    return {
      start,
      end,
      above: this.#offsets[start] ?? 0,
      below: this.total - (this.#offsets[end] ?? 0),
    };
  }

  /** The rows that are in view: first and last index, or `undefined` without any. */
  visible(): { readonly first: number; readonly last: number } | undefined {
    if (this.#rows.length === 0 || this.#viewport === 0) return undefined;
    const top = this.top();
    return { first: this.#rowAt(top), last: this.#rowAt(top + this.#viewport - 1) };
  }

  #layout(): void {
    const offsets = new Float64Array(this.#rows.length + 1);
    let at = 0;
    for (const [index, row] of this.#rows.entries()) {
      at += this.#heights.get(row.key) ?? row.estimate;
      offsets[index + 1] = at;
    }
    this.#offsets = offsets;
  }

  /** The last row that begins at or above `y`. */
  #rowAt(y: number): number {
    let low = 0;
    let high = this.#rows.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#offsets[middle] ?? 0) <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
