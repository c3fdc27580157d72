import { useRef } from "preact/hooks";

const LONG_MS = 450;
const STILL_PX = 10;

interface LongPress {
  onTouchStart(event: TouchEvent): void;
  onTouchMove(event: TouchEvent): void;
  onTouchEnd(event: TouchEvent): void;
}

/** Handlers that call `action` when a finger rests: not every touch browser has an event of its own for that. */
export const useLongPress = (action: (element: HTMLElement) => void): LongPress => {
  const press = useRef<{ timer: ReturnType<typeof setTimeout>; x: number; y: number; fired: boolean } | undefined>(
    undefined,
  );
  const cancel = (): void => clearTimeout(press.current?.timer);
  return {
    onTouchStart: (event) => {
      cancel();
      const [touch] = event.touches;
      const element = event.currentTarget;
      if (touch === undefined || event.touches.length > 1 || !(element instanceof HTMLElement)) return;
      const timer = setTimeout(() => {
        if (press.current !== undefined) press.current.fired = true;
        action(element);
      }, LONG_MS);
      press.current = { timer, x: touch.clientX, y: touch.clientY, fired: false };
    },
    onTouchMove: (event) => {
      const [touch] = event.touches;
      const { x, y } = press.current ?? { x: 0, y: 0 };
      if (touch === undefined || Math.hypot(touch.clientX - x, touch.clientY - y) > STILL_PX) cancel();
    },
    onTouchEnd: (event) => {
      cancel();
      // The press was the action: it is no click as well.
      if (press.current?.fired === true && event.cancelable) event.preventDefault();
      press.current = undefined;
    },
  };
};
