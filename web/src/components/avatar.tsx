import type { JSX } from "preact";
import { hueOf, initials } from "../text/names.ts";
import { isShownPicture } from "../text/pictures.ts";

export interface AvatarProps {
  /** Gives the colour: the same everywhere for the same id. */
  readonly id: string;
  readonly name: string;
  readonly size?: "small" | "normal" | "large";
  readonly group?: boolean;
  /** Shown instead of the initials, where it is a picture that comes with its address. */
  readonly picture?: string | undefined;
  /** Whether the person is there: a dot. */
  readonly online?: boolean;
}

export const Avatar = ({
  id,
  name,
  size = "normal",
  group = false,
  picture,
  online = false,
}: AvatarProps): JSX.Element => (
  <span
    class={`avatar avatar-${size} ${group ? "avatar-group" : ""}`}
    style={{ "--hue": hueOf(id) }}
    aria-hidden="true"
  >
    {isShownPicture(picture) ? <img src={picture} alt="" draggable={false} /> : initials(name)}
    {online && <span class="avatar-dot" data-testid="online" />}
  </span>
);
