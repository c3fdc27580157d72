import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { EmojiPopover } from "../components/emoji-picker.tsx";
import { usePopover } from "../components/use-popover.ts";
import { strings } from "../strings.ts";
import { emojiPicture, PICTURE_HUES, smallPicture } from "../text/pictures.ts";

const words = strings.group;

export interface PictureFieldProps {
  readonly onPicture: (address: string) => void;
}

const Swatches = ({
  chosen,
  onChoose,
}: {
  readonly chosen: number;
  readonly onChoose: (hue: number) => void;
}): JSX.Element => (
  <fieldset class="swatches" aria-label={words.pictureColours}>
    {PICTURE_HUES.map((hue, index) => (
      <button
        key={hue}
        type="button"
        class="swatch"
        style={{ "--hue": hue }}
        aria-label={words.pictureColour(index + 1)}
        aria-pressed={hue === chosen}
        onClick={() => onChoose(hue)}
      />
    ))}
  </fieldset>
);

/** A picture for a group: an emoji on a colour, or the middle of an image file, made small. */
export const PictureField = ({ onPicture }: PictureFieldProps): JSX.Element => {
  const [emoji, setEmoji] = useState<string>();
  const [hue, setHue] = useState<number>(PICTURE_HUES[6]);
  const { place, open, close } = usePopover();
  const [problem, setProblem] = useState<string>();
  const fromFile = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    const picture = await smallPicture(file);
    setProblem(undefined);
    if (picture.ok) onPicture(picture.address);
    else setProblem(picture.reason === "large" ? words.pictureTooLarge : words.pictureUnreadable);
  };
  return (
    <fieldset class="picture-field">
      <legend>{words.picture}</legend>
      <div class="picture-row">
        <button type="button" class="button button-plain" data-testid="picture-emoji" onClick={open}>
          {emoji} {words.pictureEmoji}
        </button>
        <label class="button button-plain picture-file">
          {words.pictureFile}
          <input
            type="file"
            class="sr"
            accept="image/*"
            data-testid="picture-file"
            onChange={(event) => void fromFile(event.currentTarget.files?.[0])}
          />
        </label>
      </div>
      {emoji !== undefined && (
        <Swatches
          chosen={hue}
          onChoose={(one) => {
            setHue(one);
            onPicture(emojiPicture(emoji, one));
          }}
        />
      )}
      <p class="problem" role="alert">
        {problem}
      </p>
      {place !== undefined && (
        <EmojiPopover
          {...place}
          onPick={(picked) => {
            setEmoji(picked);
            onPicture(emojiPicture(picked, hue));
          }}
          onClose={close}
        />
      )}
    </fieldset>
  );
};
