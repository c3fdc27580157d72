/** Fingers instead of a mouse: the keyboard is on the screen, and no field gets the focus unasked. */
export const touch: MediaQueryList = matchMedia("(pointer: coarse)");
