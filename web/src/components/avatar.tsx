import type { JSX } from "preact";
import { hueOf, initials } from "../text/names.ts";

export interface AvatarProps {
  /** Gives the colour: the same everywhere for the same id. */
  readonly id: string;
  readonly name: string;
  readonly size?: "small" | "normal" | "large";
  readonly group?: boolean;
}

export const Avatar = ({ id, name, size = "normal", group = false }: AvatarProps): JSX.Element => (
  <span
    class={`avatar avatar-${size} ${group ? "avatar-group" : ""}`}
    style={{ "--hue": hueOf(id) }}
    aria-hidden="true"
  >
    {initials(name)}
  </span>
);
