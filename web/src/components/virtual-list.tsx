import { Component, createRef, type JSX } from "preact";
import { ScrollModel, type Row, type View } from "../state/scroll-model.ts";

export interface VirtualListProps {
  readonly rows: readonly Row[];
  /** Must render one element with `data-key={row.key}` and without outer margins. */
  readonly render: (index: number) => JSX.Element;
  readonly label: string;
  /** Called after each change of what is in view. */
  readonly onView?: (view: View) => void;
  /** The row to begin at (its upper edge near the top), rather than at the end. */
  readonly startAt?: string | undefined;
  readonly handle?: (list: VirtualList | null) => void;
  readonly testId?: string;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
}
const NEAR_TOP = 400;
const START_BELOW = 56;

/** The message list: renders what is near the view, and never moves what is being read. */
export class VirtualList extends Component<VirtualListProps> {
  readonly #model = new ScrollModel();
  readonly #scroller = createRef<HTMLDivElement>();
  readonly #body = createRef<HTMLDivElement>();
  readonly #resize = new ResizeObserver(() => this.#resized());
  #width = 0;
  #written = -1;
  #started = false;

  override componentDidMount(): void {
    if (this.#scroller.current !== null) this.#resize.observe(this.#scroller.current);
    this.props.handle?.(this);
    this.#resized();
  }

  override componentWillUnmount(): void {
    this.#resize.disconnect();
    this.props.handle?.(null);
  }

  override componentDidUpdate(): void {
    this.#settle();
  }

  /** Shows the newest message, and stays there as more come. */
  toBottom(): void {
    this.#started = true;
    this.#model.toBottom();
    this.forceUpdate();
  }

  /** Shows a row with something above it; it stays there while heights around it become known. */
  toRow(key: string, below = START_BELOW): void {
    this.#started = true;
    this.#model.toBottom();
    this.#model.toRow(key, below);
    this.forceUpdate();
  }

  #resized(): void {
    const scroller = this.#scroller.current;
    if (scroller === null) return;
    this.#model.setViewport(scroller.clientHeight);
    if (this.#width !== scroller.clientWidth) {
      this.#width = scroller.clientWidth;
      this.#model.forgetHeights();
    }
    this.forceUpdate();
  }

  /** Measures what was rendered, renders again if it was news, and puts the view where it belongs. */
  #settle(): void {
    const scroller = this.#scroller.current;
    const body = this.#body.current;
    if (scroller === null || body === null) return;
    const heights = Array.from(body.children, (child): readonly [string, number] => [
      child instanceof HTMLElement ? (child.dataset["key"] ?? "") : "",
      child.getBoundingClientRect().height,
    ]);
    if (this.#model.measure(heights)) {
      this.#begin();
      this.forceUpdate();
    } else if (this.props.rows.length > 1) {
      this.#started = true;
    }
    const top = this.#model.top();
    if (Math.abs(scroller.scrollTop - top) >= 1) {
      scroller.scrollTop = top;
      this.#written = scroller.scrollTop;
    }
    this.#report();
  }

  /** While the first heights come in, the place to begin at moves: find it anew each time. */
  #begin(): void {
    if (this.#started || this.props.startAt === undefined) return;
    this.#model.toBottom();
    this.#model.toRow(this.props.startAt, START_BELOW);
  }

  #report(): void {
    const visible = this.#model.visible();
    if (visible === undefined) return;
    const nearTop = this.#model.top() < NEAR_TOP;
    this.props.onView?.({ ...visible, atBottom: this.#model.atBottom, nearTop });
  }

  readonly #scrolled = (): void => {
    const scroller = this.#scroller.current;
    if (scroller === null || Math.abs(scroller.scrollTop - this.#written) < 1) return;
    this.#written = -1;
    this.#started = true;
    this.#model.scrolled(scroller.scrollTop);
    this.forceUpdate();
  };

  override render(): JSX.Element {
    const { rows, render, label } = this.props;
    this.#model.setRows(rows);
    this.#begin();
    const { start, end, above, below } = this.#model.range();
    const shown = this.#model.viewport === 0 ? [] : rows.slice(start, end).map((_row, index) => render(start + index));
    return (
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- arrow keys go through the messages inside
      <div
        ref={this.#scroller}
        class="messages"
        role="log"
        aria-live="off"
        aria-label={label}
        data-testid={this.props.testId ?? "message-list"}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keyboard
        tabIndex={0}
        onKeyDown={this.props.onKeyDown}
        onScroll={this.#scrolled}
      >
        <div class="messages-fill" />
        <div style={{ height: `${above}px` }} />
        <div ref={this.#body}>{shown}</div>
        <div style={{ height: `${below}px` }} />
      </div>
    );
  }
}
