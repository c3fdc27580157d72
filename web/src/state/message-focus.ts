const rowsOf = (list: HTMLElement): HTMLElement[] => [
  ...list.querySelectorAll<HTMLElement>("article[data-testid=message]"),
];

const isSeen = (row: HTMLElement, list: HTMLElement): boolean => {
  const { top, bottom } = list.getBoundingClientRect();
  const box = row.getBoundingClientRect();
  return box.top < bottom - 1 && box.bottom > top + 1;
};

/** Up and down go through the messages, beginning with the newest in view. */
export const moveAmongMessages = (event: KeyboardEvent): void => {
  const { currentTarget: list, target } = event;
  if (!(list instanceof HTMLElement) || !(target instanceof HTMLElement) || event.altKey || event.ctrlKey) return;
  const row = target.closest<HTMLElement>("article[data-testid=message]");
  if (target !== list && target !== row) return;
  if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
  const rows = rowsOf(list);
  let next: HTMLElement | undefined;
  if (row === null) next = rows.findLast((one) => isSeen(one, list));
  else next = rows[rows.indexOf(row) + (event.key === "ArrowUp" ? -1 : 1)];
  if (next === undefined) return;
  event.preventDefault();
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
};
